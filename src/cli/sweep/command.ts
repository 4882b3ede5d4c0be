import { basename } from 'node:path'
import { Command } from 'commander'
import { requireNoRun } from '../../../runtime/files/run-folder.ts'
import { whileLocked } from '../../../runtime/files/run-lock.ts'
import { UserError } from '../../base/error.ts'
import { canGoOn } from '../goes-on.ts'
import { interruptible } from '../interrupt.ts'
import { addOperationFlags } from '../operation-flags.ts'
import { requireFolderPlace } from '../outputs.ts'
import { addRunFlags } from '../run/flags.ts'
import { heedQuiet, tell } from '../shown.ts'
import { addAxis } from './axes.ts'
import { boardShown } from './board.ts'
import { requireOptions } from './check-options.ts'
import { tellOutcome } from './outcome.ts'
import { planSweep, threadsOfRun, type SweepPlan } from './plan.ts'
import { sweepFiles } from './record.ts'
import { requestOf, watchRequestOf, withFile, type Request } from './request.ts'
import { runAll } from './run-all.ts'
import { sweepWords } from './sweep-file.ts'
import type { WatchPlace } from './hosts/watch.ts'

async function sweep(plan: SweepPlan, request: Request): Promise<void> {
  const { flags, settings } = request
  const { out, jobs, prometheus, on, creds } = flags
  if (on !== undefined) {
    if (jobs > 1) tell('--jobs is of workers here: hebb work --jobs; it only divides the cores for --threads')
    // What is of servers is loaded where somebody asks for one.
    const { sweepOnServer } = await import('./hosts/on-server.ts')
    await sweepOnServer(plan, request, { on, creds })
    return
  }
  requireOnNoServer(plan, out)
  const workers = threadsOfRun(flags)
  const failures = await interruptible(
    'Stopping all runs, each with a checkpoint. The same command goes on.',
    (signal) => runAll(plan, { out, settings, jobs, workers, prometheus, signal, board: boardShown }),
    (result) => result === undefined,
  )
  tellOutcome(out, failures)
}

/** @throws UserError ('SweepError') where workers make the runs of the sweep */
function requireOnNoServer({ record: { server } }: SweepPlan, out: string): void {
  if (!server) return
  throw new UserError('SweepError', `the runs of ${out} are made by workers, on ${server.url}`, {
    help: `Give --on, too; or fetch what is done first: hebb sweep --watch --out ${out}.`,
  })
}

/** Watches a sweep that another command has published. */
async function watchSweep(out: string, place: WatchPlace): Promise<void> {
  canGoOn({ how: 'the same command watches again', of: { sweep: out } })
  const { watchAgain } = await import('./hosts/watch.ts')
  await whileLocked(out, () => watchAgain(out, place), 'watches a sweep')
}

/** What a flag of a run is in a sweep. */
function describedAnew(command: Command, flag: string, description: string): Command {
  for (const option of command.options) if (option.long === flag) option.description = description
  return command
}

export const sweepCommand = (): Command =>
  describedAnew(
    addOperationFlags(
      addRunFlags(
        new Command('sweep')
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
    .addHelpText(
      'after',
      `
Examples:
  hebb sweep mine.ts --data data/fashion-mnist --out sweeps/lr --over lr=1e-4,2e-4 --seeds 3 --epochs 2
  hebb sweep local.ts global.ts --data data/fashion-mnist --out sweeps/credit --seeds 5 --jobs 2
  hebb sweep sweep.ts --out sweeps/all
  hebb sweep sweep.ts --out sweeps/all --on nats://server      made by workers: hebb work --on nats://server
  hebb sweep --watch --out sweeps/all                          shows them again, and fetches what is done

sweep.json says what the sweep is, sweep.csv has a row for each run, NAME.log is what a run has said.
Ctrl-C stops all runs, each with a checkpoint; with --on it stops watching, and the runs go on.`,
    )
    .action(async (paths: string[], _options: unknown, given: Command) => {
      const again = paths.length === 0 ? watchRequestOf(given) : undefined
      if (again) {
        await watchSweep(again.out, again)
        return
      }
      const [path] = paths
      const words = path !== undefined && paths.length === 1 ? await sweepWords(path) : undefined
      const read =
        words === undefined || path === undefined
          ? { command: given, programs: paths }
          : withFile(words, path, given, sweepCommand().copyInheritedSettings(given))
      heedQuiet(read.command)
      const request = requestOf(read.command, read.programs)
      const { out, jobs, threads, seeds, set = {}, over } = request.flags
      requireFolderPlace(
        out,
        Object.values(sweepFiles(out)).map((file) => basename(file)),
      )
      requireNoRun(out, 'A sweep has a folder for each of its runs: choose another folder for --out.')
      canGoOn({ how: 'the same command goes on', of: { sweep: out } })
      const axes = {
        ...Object.fromEntries(Object.entries(set).map(([name, value]) => [name, [value]])),
        ...over,
      }
      const { on, watch } = request.flags
      const doing = on === undefined || watch === false ? 'makes a sweep' : 'watches a sweep'
      const make = async () => {
        const { fixed } = request.settings
        const plan = planSweep({
          out,
          programs: read.programs,
          over: axes,
          seeds,
          fixed,
          jobs,
          workers: threadsOfRun(request.flags),
          threads,
        })
        await requireOptions(plan.added, request.flags.timeout)
        await sweep(plan, request)
      }
      await whileLocked(out, make, doing)
    })
