import { z } from 'zod'
import { UserError } from '../../base/error.ts'
import { isPlain } from '../../lang/check.ts'
import { exitCodes } from '../exit-codes.ts'
import { folder, parseFlags, wholeNumber } from '../flags.ts'
import { readEarly, watchedFlags } from '../operation-flags.ts'
import { runFlags } from '../run/flags.ts'
import { serverFlags } from '../server-flags.ts'
import { checkTrainFlags } from '../train-flags.ts'
import { seedList, type Over } from './axes.ts'
import { runSettings, said, type RunSettings } from './settings.ts'
import type { Command } from 'commander'

const flagSchema = z.object({
  ...runFlags,
  ...watchedFlags,
  over: z.custom<Over>((given) => typeof given === 'object').default({}),
  seeds: seedList.default([0]),
  jobs: wholeNumber(1, 1024).default(1),
  ...serverFlags,
  watch: z.boolean().optional(),
  withdraw: z.boolean().optional(),
})
type Flags = z.infer<typeof flagSchema>

/** What a command asks for. */
export interface Request {
  readonly flags: Flags
  readonly settings: RunSettings
}

/** Checked as far as that can be before a run is made. */
export function requestOf(command: Command, programs: readonly string[]): Request {
  const fail = (problem: string) =>
    command.error(`error: ${problem}`, { code: 'hebb.invalidFlag', exitCode: exitCodes.usage })
  if (programs.length === 0) fail("missing required argument 'programs'")
  if (command.getOptionValue('seed') !== undefined)
    fail('a sweep has --seeds: --seeds 5, or --seeds 7, for one')
  checkTrainFlags(command)
  const flags = parseFlags(command, flagSchema)
  if (flags.withdraw) fail('--withdraw is of a sweep that is published: name its folder alone, --out')
  const lone = (['creds', 'watch'] as const).find((name) => flags[name] !== undefined)
  if (flags.on === undefined && lone !== undefined)
    fail(
      `--${lone === 'watch' && flags.watch === false ? 'no-watch' : lone} is for --on: the server that runs are published on`,
    )
  const twice = Object.keys(flags.over).find((name) => Object.hasOwn(flags.set ?? {}, name))
  if (twice !== undefined) fail(`'${twice}' is set and varied: leave one of them out`)
  return { flags, settings: runSettings(command) }
}

const publishedSchema = z.object({ out: folder, ...serverFlags })

/** What may be asked of a sweep that is published. */
export type Published = z.infer<typeof publishedSchema> & { readonly ask: 'watch' | 'withdraw' }

/** What a command asks for that names no programs, but a sweep that is published; undefined of others. */
export function publishedRequestOf(command: Command): Published | undefined {
  const ask = (['withdraw', 'watch'] as const).find((name) => command.getOptionValue(name) === true)
  if (ask === undefined) return undefined
  const heeded = ['--out', '--on', '--creds', `--${ask}`, '--quiet', ...readEarly]
  const other = said(command).find(([name]) => !heeded.includes(name))
  if (other)
    command.error(`error: ${other[0]} is of a sweep that is made: name its programs, too`, {
      code: 'hebb.invalidFlag',
      exitCode: exitCodes.usage,
    })
  return { ...parseFlags(command, publishedSchema), ask }
}

/** Whether a word says of a switch what it is where nothing is said, so that there is no flag for it: `--report`. */
function isUsual(command: Command, word: string): boolean {
  const knows = (flag: string) => command.options.some(({ long }) => long === flag)
  const opposite = word.startsWith('--no-') ? `--${word.slice(5)}` : `--no-${word.slice(2)}`
  return word.startsWith('--') && !knows(word) && knows(opposite)
}

interface Read {
  readonly command: Command
  readonly programs: readonly string[]
}

/**
 * What a file says of a sweep, with what the command line says beside it, which comes first.
 *
 * @param command one that has read nothing yet
 * @throws UserError ('SweepError') for flags that there are not, or that a file cannot say
 */
export function withFile(words: readonly string[], path: string, given: Command, command: Command): Read {
  const { operands, unknown } = command.parseOptions(words.filter((word) => !isUsual(command, word)))
  if (unknown.length > 0)
    throw new UserError('SweepError', `${path}: hebb sweep has no ${unknown.join(' ')}`, {
      help: 'flags are those of hebb run, without their dashes: { align: true }',
    })
  const early = said(command).find(([name]) => readEarly.includes(name))
  if (early)
    throw new UserError('SweepError', `${path}: ${early[0]} is read before any file is`, {
      help: `Leave it out, and say it on the command line: hebb sweep ${path} ${early.join(' ').trim()}`,
    })
  for (const option of given.options) {
    const name = option.attributeName()
    if (given.getOptionValueSource(name) !== 'cli') continue
    const value: unknown = given.getOptionValue(name)
    const before: unknown = command.getOptionValue(name)
    const both = isPlain(value) && isPlain(before) ? { ...before, ...value } : value
    command.setOptionValueWithSource(name, both, 'cli')
  }
  return { command, programs: operands }
}
