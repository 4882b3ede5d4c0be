import { Option, type Command } from 'commander'
import { z } from 'zod'
import { prometheusName } from '../../runtime/given/ranges.ts'
import { parseFlags, wholeNumber } from './flags.ts'
import { stopBy } from './interrupt.ts'
import { formats } from './log.ts'

/**
 * How a command is started, stopped and watched by others. bin/restart.mjs reads the flags of signals, too: it ends what is
 * overdue; and main.ts that of the log, before anything can go wrong.
 */

const longest = 24 * 60 * 60

const heeded = z.object({
  grace: wholeNumber(1, longest).optional(),
  exitZeroOnSignal: z.boolean().default(false),
  log: z.enum(formats, `must be ${formats.join(' or ')}`).optional(),
})

/** What only the words of a command line can say: they are read before any file is. */
export const readEarly: readonly string[] = ['--grace', '--exit-zero-on-signal', '--log']

/** What the training itself is given; in a sweep each run has a file of its own. */
export const watchedFlags = {
  prometheus: z
    .string()
    .regex(prometheusName, 'must end with .prom: node_exporter reads no other files')
    .optional(),
}

const addGraceFlag = (command: Command): Command =>
  command.addOption(
    new Option(
      '--grace <seconds>',
      'after a signal, how long a step and the checkpoint may take: then the process is ended, and the last checkpoint stays (default: as long as it takes)',
    ),
  )

const addLogFlag = (command: Command): Command =>
  command.option('--log <format>', 'text, or json: all that is said as an object a line (default: text)')

/** Of a command that others start and stop, and that trains nothing itself. */
export const addServiceFlags = (command: Command): Command => addLogFlag(addGraceFlag(command))

export const addOperationFlags = (command: Command): Command =>
  addLogFlag(
    addGraceFlag(command).option(
      '--exit-zero-on-signal',
      'end with 0, not with 128 and its number, where a signal stopped it and it can be gone on with',
    ),
  ).option(
    '--prometheus <file>',
    "keep a file of gauges for node_exporter's textfile collector: FOLDER/hebb.prom",
  )

/** For the command that is about to run. */
export function heedOperation(command: Command): void {
  if (command.options.some(({ long }) => long === '--grace')) stopBy(parseFlags(command, heeded))
}
