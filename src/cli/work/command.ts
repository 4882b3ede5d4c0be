import { Command, Option } from 'commander'
import { providers } from '../../../runtime/session/options.ts'
import { exitCodes } from '../exit-codes.ts'
import { parseFlags } from '../flags.ts'
import { addServiceFlags } from '../operation-flags.ts'
import { addQuietFlag } from '../shown.ts'
import { flagSchema, type WorkFlags } from './flags.ts'
import { startWork } from './start.ts'
import type { Slot } from './worker.ts'

/** One after the other in each: as many as are said, or one a GPU. */
function slotsOf(command: Command, { provider, devices, jobs }: WorkFlags): Slot[] {
  const fail = (problem: string) =>
    command.error(`error: ${problem}`, { code: 'hebb.invalidFlag', exitCode: exitCodes.usage })
  if (provider === 'cuda') {
    if (jobs !== undefined) fail("option '--jobs' is for --provider cpu: a GPU does one run at a time")
    return (devices ?? [0]).map((device) => ({ device }))
  }
  if (devices !== undefined) fail("option '--devices' is for --provider cuda")
  return Array.from({ length: jobs ?? 1 }, () => ({ device: undefined }))
}

export const workCommand = (): Command =>
  addQuietFlag(
    addServiceFlags(
      new Command('work')
        .summary('do what others publish: runs of sweeps, groups of layers')
        .description(
          'Take what others have published on a NATS server: runs of hebb sweep --on, which are made as hebb run does, and ' +
            'groups of layers of hebb train --on --layers-on. Each checkpoint goes to the server: where this worker is ' +
            'killed, cut off or frozen, another one goes on from there, to the same bits. A signal stops it with a ' +
            'checkpoint, gives back what it has, and ends with 0.',
        )
        .option(
          '--on <url>',
          'the server: nats://host:4222 or tls://host:4222, of a cluster several with commas',
        )
        .option('--creds <file>', "credentials, as the server's operator gives them out")
        .option('--provider <name>', `${providers.join(' or ')} (default: cpu)`)
        .option(
          '--devices <numbers>',
          'with --provider cuda: the GPUs, each with one run or group at a time (default: 0)',
        )
        .option('--jobs <number>', 'with --provider cpu: runs and groups at once (default: 1)')
        .option(
          '--data <folder>',
          'below which the data sets lie, two folders deep at most: known by what they hold',
        )
        .option(
          '--scratch <folder>',
          "for what is made here (default: the system's folder for temporary files)",
        )
        .option('--once', 'end after one run or group, or one each of --jobs or --devices')
        .option('--idle-exit <seconds>', 'end where there was nothing to do for so long (default: never)')
        .addOption(
          new Option('--lease <seconds>', 'how long runs stay with a worker that is not heard of').hideHelp(),
        ),
    ),
  )
    .addHelpText(
      'after',
      `
Examples:
  hebb work --on nats://server --data /data --jobs 2
  hebb work --on tls://server --creds worker.creds --provider cuda --devices 0,1 --data /data --scratch /scratch

It runs no code that others publish, reads data below --data alone, and writes below --scratch alone.`,
    )
    .action(async (_options: unknown, command: Command) => {
      const flags = parseFlags(command, flagSchema)
      await startWork(flags, slotsOf(command, flags))
    })
