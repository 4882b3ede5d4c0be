import { randomBytes } from 'node:crypto'
import { withoutCredentials } from '../../../base/url-credentials.ts'
import { canGoOn } from '../../goes-on.ts'
import { interruptible } from '../../interrupt.ts'
import { isJson, tellEvent } from '../../log.ts'
import { plural } from '../../units.ts'
import { tellEnd, tellFailures } from '../outcome.ts'
import { threadsOfRun, type SweepPlan } from '../plan.ts'
import { writeSweep, type RecordedRun, type SweepRecord, type SweepServer } from '../record.ts'
import { hostsBoard } from './board.ts'
import { carriedFlags } from './carried.ts'
import { imagesToShare } from './images.ts'
import { publishAll } from './publish-all.ts'
import { watch, watching, withServer, type ServerFlags } from './watch.ts'
import type { Preparing } from '../prepare.ts'
import type { Request } from '../request.ts'
import type { HostsBoard } from './shown-board.ts'

/** How long it is tried to publish: who waits for that can give the command again. */
const PATIENCE_MS = 15_000

/**
 * Publishes the runs of a sweep for workers and, unless that is left to another command, watches and fetches them. For who
 * holds the lock of the sweep.
 *
 * @throws UserError
 */
export async function sweepOnServer(
  plan: SweepPlan,
  request: Request,
  { preparing, ...place }: ServerFlags & { readonly preparing: Preparing },
): Promise<void> {
  const { flags, settings } = request
  const { out, provider = 'cpu', prometheus } = flags
  const carried = carriedFlags(request)
  const source = await imagesToShare(flags.data)
  const before = plan.record.server
  const standing = before ? `what is on ${before.url} stays there` : 'nothing was published'
  canGoOn({ how: `${standing}; the same command goes on`, of: { sweep: out } })
  const { job } = before ?? { job: randomBytes(8).toString('hex') }
  const on: SweepServer = { url: withoutCredentials(place.on), job, judging: { ...settings.judging } }
  const begun: SweepRecord = { ...plan.record, server: on }
  const isWanted = ({ name }: RecordedRun) => plan.asked.has(name)
  const board = hostsBoard()
  await withServer(place, out, board.tell, async (server) => {
    writeSweep(out, begun)
    const { threads } = begun
    const publishing = { server, job, provider, flags: carried, threads, again: { patience: PATIENCE_MS } }
    const wanted = begun.runs.filter(isWanted)
    const all = await interruptible(
      'Stopping when the run is there that is being published.',
      (signal) => publishAll(request, { ...publishing, sweep: begun, wanted, preparing, signal }),
      ({ isStopped }) => isStopped,
    )
    if (!all || all.isStopped) {
      tellStopped({ ...on, sweep: out, runs: all?.published ?? 0, of: all?.of ?? wanted.length })
      return
    }
    const { sweep, published, failures } = all
    const isWatched = flags.watch !== false
    if (published > 0 || !isWatched) tellPublished({ ...on, sweep: out, runs: published, isWatched, board })
    if (!isWatched) {
      tellFailures(failures)
      return
    }
    const make = { out, settings, workers: threadsOfRun(flags), prometheus }
    await watch(server, board, {
      ...{ sweep, server: on, wanted: sweep.runs.filter(isWanted) },
      ...{ failures, data: source.spec, make },
    })
  })
}

interface StoppedRuns extends SweepServer {
  readonly sweep: string
  readonly runs: number
  readonly of: number
}

/** What there is on the server of a sweep whose publishing was stopped. */
function tellStopped({ sweep, url, job, runs, of }: StoppedRuns): void {
  const rest = runs === of ? '' : `; the same command publishes the ${runs === 0 ? 'runs' : 'others'}`
  const those =
    runs === 0 ? '' : `; ${watching(sweep)} shows ${runs === 1 ? 'it' : 'them'}, and fetches what is done`
  tellEnd(
    'stopped',
    { sweep, url, job, runs, of },
    `${runs} of ${plural(of, 'run')} on ${url}${rest}${those}`,
  )
}

interface PublishedRuns extends SweepServer {
  readonly sweep: string
  readonly runs: number
  /** They are shown then, above all else that is. */
  readonly isWatched: boolean
  readonly board: HostsBoard
}

function tellPublished({ sweep, url, job, runs, isWatched, board }: PublishedRuns): void {
  const text = `${plural(runs, 'run')} on ${url}; ${watching(sweep)} shows them, and fetches what is done`
  if (isJson())
    tellEvent('info', 'published', { sweep, url, job, runs }, isWatched ? process.stderr : process.stdout)
  else if (isWatched) board.tell(text)
  else console.log(text)
}
