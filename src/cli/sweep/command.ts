import { basename } from 'node:path'
import { Command } from 'commander'
import { requireNoRun } from '../../../runtime/files/run-folder.ts'
import { whileLocked } from '../../../runtime/files/run-lock.ts'
import { UserError } from '../../base/error.ts'
import { canGoOn } from '../goes-on.ts'
import { interruptible } from '../interrupt.ts'
import { requireFolderPlace } from '../outputs.ts'
import { heedQuiet, tell } from '../shown.ts'
import { boardShown } from './board.ts'
import { requireOptions } from './check-options.ts'
import { addSweepFlags } from './flags.ts'
import { tellOutcome } from './outcome.ts'
import { planSweep, threadsOfRun, type SweepPlan } from './plan.ts'
import { sweepFiles } from './record.ts'
import { publishedRequestOf, requestOf, withFile, type Published, type Request } from './request.ts'
import { runAll } from './run-all.ts'
import { sweepWords } from './sweep-file.ts'
import type { Preparing } from './prepare.ts'

async function sweep(plan: SweepPlan, request: Request, preparing: Preparing): Promise<void> {
  const { flags, settings } = request
  const { out, jobs, prometheus, on, creds } = flags
  if (on !== undefined) {
    if (jobs > 1) tell('--jobs is of workers here: hebb work --jobs; it only divides the cores for --threads')
    // What is of servers is loaded where somebody asks for one.
    const { sweepOnServer } = await import('./hosts/on-server.ts')
    await sweepOnServer(plan, request, { on, creds, preparing })
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
    help: `Give --on, too; or take them back first: hebb sweep --withdraw --out ${out}.`,
  })
}

/** What is asked of a sweep that another command has published. */
async function ofPublished({ ask, out, ...place }: Published): Promise<void> {
  const again = ask === 'watch' ? 'watches again' : 'withdraws what is left'
  canGoOn({ how: `the same command ${again}`, of: { sweep: out } })
  if (ask === 'watch') {
    const { watchAgain } = await import('./hosts/watch.ts')
    await whileLocked(out, () => watchAgain(out, place), 'watches a sweep')
  } else {
    const { withdrawSweep } = await import('./hosts/withdraw.ts')
    await whileLocked(out, () => withdrawSweep(out, place), 'withdraws a sweep')
  }
}

export const sweepCommand = (): Command =>
  addSweepFlags(new Command('sweep')).action(async (paths: string[], _options: unknown, given: Command) => {
    const published = paths.length === 0 ? publishedRequestOf(given) : undefined
    if (published) {
      await ofPublished(published)
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
      const { Preparing, requirePossible } = await import('./prepare.ts')
      const preparing = new Preparing(request.flags)
      if (plan.isExtended) await requirePossible(plan, preparing)
      await sweep(plan, request, preparing)
    }
    await whileLocked(out, make, doing)
  })
