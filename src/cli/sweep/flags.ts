import { addOperationFlags } from '../operation-flags.ts'
import { addRunFlags } from '../run/flags.ts'
import { addAxis } from './axes.ts'
import type { Command } from 'commander'

/** What a flag of a run is in a sweep. */
function describedAnew(command: Command, flag: string, description: string): Command {
  for (const option of command.options) if (option.long === flag) option.description = description
  return command
}

/** All that `hebb sweep` takes, and what it says of itself. */
export const addSweepFlags = (command: Command): Command =>
  describedAnew(
    addOperationFlags(
      addRunFlags(
        command
          .summary('runs over options, programs and seeds')
          .description(
            'Make a run for every combination of programs, values of their options and seeds, each as hebb run does, in a ' +
              'folder of its own; then compare them. The same command goes on with what was stopped or killed; one with more ' +
              'seeds, values or programs extends the sweep.',
          )
          .argument('[programs...]', 'programs or bundles; or one file that exports sweep({ … })'),
      ),
    ),
    '--out',
    'the sweep: sweep.json, sweep.csv, and a folder for each run',
  )
    .option(
      '--over <name=values>',
      'values of an option of the programs: lr=1e-4,2e-4; an --over for each option',
      addAxis,
    )
    .option(
      '--seeds <seeds>',
      'a number of them, from 0 up (5), a range (0..4), or which (0,3,7) (default: 0 alone)',
    )
    .option('--jobs <number>', 'runs at once; the cores are divided among them (default: 1)')
    .option(
      '--on <url>',
      'have the runs made by workers (hebb work), over a NATS server: nats://host:4222, tls://host:4222',
    )
    .option('--creds <file>', 'with --on: credentials, as the operator of the server gives them out')
    .option(
      '--watch',
      'with --on: show the runs and fetch those that are done (default); without programs: again',
    )
    .option('--no-watch', 'with --on: publish the runs, and leave the rest to --watch')
    .option(
      '--withdraw',
      'without programs: take the runs that are not done from the server; how far they are comes here',
    )
    .addHelpText(
      'after',
      `
Examples:
  hebb sweep mine.ts --data data/fashion-mnist --out sweeps/lr --over lr=1e-4,2e-4 --seeds 3 --epochs 2
  hebb sweep local.ts global.ts --data data/fashion-mnist --out sweeps/credit --seeds 5 --jobs 2
  hebb sweep sweep.ts --out sweeps/all
  hebb sweep sweep.ts --out sweeps/all --on nats://server      made by workers: hebb work --on nats://server
  hebb sweep --watch --out sweeps/all                          shows them again, and fetches what is done
  hebb sweep --withdraw --out sweeps/all                       nobody is to go on with them there

sweep.json says what the sweep is, sweep.csv has a row for each run, NAME.log is what a run has said.
Ctrl-C stops all runs, each with a checkpoint; with --on it stops watching, and the runs go on.`,
    )
