import { over } from '../../../../runtime/hosts/job.ts'
import { LeaseLost, type Records } from '../../../../runtime/hosts/records.ts'
import { openRuns, recordOfRun } from '../../../../runtime/hosts/run-records.ts'
import { UserError } from '../../../base/error.ts'
import { present } from '../../../base/lists.ts'
import { without } from '../../../base/without.ts'
import { isJson, tellEvent } from '../../log.ts'
import { tell } from '../../shown.ts'
import { plural } from '../../units.ts'
import { runFolder, writeSweep, type RecordedRun, type SweepRecord } from '../record.ts'
import { hebbRun } from '../run-all.ts'
import { imagesToShare } from './images.ts'
import { releaseRun, releaseSweep } from './release.ts'
import { takeSaid } from './take-said.ts'
import { takeRun } from './take.ts'
import { lookThere } from './there.ts'
import { requireSweep, watching, withServer, type WatchPlace } from './watch.ts'
import type { AgainOptions } from '../../../../runtime/hosts/passing.ts'
import type { RunJob } from '../../../../runtime/hosts/run-job.ts'
import type { Server } from '../../../../runtime/hosts/server.ts'

/** Takes the runs of a sweep from the server that nobody is to make there any more. Whatever is broken off, the same goes on. */

/** How long a server that is away is waited for: who withdraws can give the command again. */
const again: AgainOptions = { patience: 15_000 }

const WITHDRAWN = 'it was withdrawn'

/**
 * What waits, is made, or has failed goes; how far it was made comes here. What is done stays until it is fetched. For who holds
 * the lock of the sweep.
 *
 * @throws UserError ('SweepError') where the folder holds no sweep; ('FileError') where what comes back cannot be written; as
 *   `withServer`
 */
export async function withdrawSweep(out: string, { on, creds }: WatchPlace): Promise<void> {
  const sweep = requireSweep(out)
  const { server: there } = sweep
  if (!there) {
    tellWithdrawn(`no runs of ${out} are on a server`, { sweep: out, runs: 0, begun: 0, done: 0 })
    return
  }
  const { url, job } = there
  const { spec: data } = await imagesToShare(present(sweep.settings['--data'], 'the data set of a sweep'))
  await withServer({ on: on ?? url, creds }, out, tell, async (server) => {
    const runs = await openRuns(server, again)
    const common = { job, threads: sweep.threads }
    const { strange, strays } = await lookThere(runs, sweep.runs, common)
    // What others have put there is not looked at any further.
    for (const key of [...strange.keys(), ...strays]) await runs.remove(key)
    const stopped: (readonly [RecordedRun, RunJob])[] = []
    // Those that are made are made no further, and then there is time to fetch what they came to.
    for (const run of sweep.runs) {
      const held = await stop(runs, recordOfRun({ job, name: run.name }))
      if (held) stopped.push([run, held])
    }
    let begun = 0
    for (const [run, held] of stopped) {
      if (await takeBegun(run, held, { server, sweep, out, data })) begun++
      await releaseRun(held, { server, runs, again })
    }
    const done = (await lookThere(runs, sweep.runs, common)).records
    const left = {
      ...sweep,
      runs: sweep.runs.map((run) =>
        done.has(recordOfRun({ job, name: run.name })) ? run : without(run, 'published'),
      ),
    }
    if (done.size === 0) await releaseSweep(out, sweep, { server, job })
    else writeSweep(out, left)
    const counts = { runs: stopped.length, begun, done: done.size, strange: strange.size + strays.length }
    const fields = { sweep: out, url, job, ...counts }
    tellWithdrawn(withdrawnText(fields), fields)
  })
}

interface Withdrawn {
  readonly sweep: string
  readonly url: string
  readonly runs: number
  readonly begun: number
  readonly done: number
  /** Records that others had written, of runs of the sweep or not. */
  readonly strange: number
}

function withdrawnText({ sweep, url, runs, begun, done, strange }: Withdrawn): string {
  return [
    `${plural(runs, 'run')} of ${sweep} taken from ${url}; the command of the sweep publishes or makes them again`,
    ...(strange === 0
      ? []
      : [`${plural(strange, 'record')} removed that others had written: their runs can be published again`]),
    ...(begun === 0 ? [] : [`${begun} of them from the last checkpoint, which is here now`]),
    ...(done === 0
      ? []
      : [
          `${plural(done, 'run')} there still, done: ${watching(sweep)} fetches ${done === 1 ? 'it' : 'them'}`,
        ]),
  ].join('\n')
}

function tellWithdrawn(text: string, fields: object): void {
  if (isJson()) tellEvent('info', 'withdrawn', fields, process.stdout)
  else console.log(text)
}

/**
 * Has nobody go on with a run: who makes it finds another revision of its record, and who is told of it later finds that it is
 * over. What the record names stays until that is removed.
 *
 * @returns what the server knew of it; undefined where it knows nothing, or the run is done
 */
async function stop(runs: Records<RunJob>, record: string): Promise<RunJob | undefined> {
  for (;;) {
    const held = await runs.get(record)
    if (!held || held.value.state === 'done') return undefined
    if (held.value.state === 'failed') return held.value
    try {
      const value = { ...held.value, ...over('failed'), failure: WITHDRAWN }
      return (await runs.write(record, held.revision, value)).value
    } catch (error) {
      // Its worker has written it just now.
      if (!(error instanceof LeaseLost)) throw error
    }
  }
}

interface TakeBegunOptions {
  readonly server: Server
  readonly sweep: SweepRecord
  readonly out: string
  readonly data: string
}

/** What a run came to and has said, as if it had been stopped here; whether there was a checkpoint. */
async function takeBegun(
  run: RecordedRun,
  job: RunJob,
  { server, sweep, out, data }: TakeBegunOptions,
): Promise<boolean> {
  await takeSaid(run, job, { server, out, again, tell })
  if (job.step === 0) return false
  const settings = { fixed: sweep.settings, judging: sweep.server?.judging ?? {}, free: {} }
  const command = hebbRun(run, sweep, { out, settings })
  const place = { server, record: recordOfRun(job), folder: runFolder(out, run), data, command, again }
  try {
    await takeRun(job, { ...place, isWhole: false })
    return true
  } catch (error) {
    if (!(error instanceof UserError) || error.name !== 'ServerError') throw error
    tell(`${run.name}: its checkpoint is not here, and it begins anew: ${error.message}`)
    return false
  }
}
