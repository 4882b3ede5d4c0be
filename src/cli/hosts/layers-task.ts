import { once } from 'node:events'
import { join } from 'node:path'
import { startFollower } from '../../../bin/follow.mjs'
import { LeaseLost, type Held, type Records } from '../../../runtime/hosts/records.ts'
import { renewMs } from '../../../runtime/hosts/names.ts'
import { treeFolder } from '../../base/package-folder.ts'
import type { LayersJob } from '../../../runtime/hosts/layers-job.ts'
import type { Taken } from '../../../runtime/hosts/work.ts'
import type { Provider } from '../../../runtime/session/options.ts'

/** A group of layers as hebb work does it: in a process of its own, as long as the lease is ours. */

/** How often a group is taken up without getting any further. */
const MOST_ATTEMPTS = 5
/** Milliseconds that a group waits whose process was ended, so that it is not tried all the time. */
const AGAIN_MS = 1000

const script = join(treeFolder, 'bin/hebb.mjs')

export interface LayersTaskOptions {
  readonly records: Records<LayersJob>
  readonly url: string
  readonly creds?: string | undefined
  /** As the server knows this worker. */
  readonly worker: string
  readonly provider: Provider
  readonly device?: number | undefined
  /** Where the images of the training are; undefined where its layers read none. */
  readonly data: string | undefined
  /** A folder of this task's own. */
  readonly scratch: string
  /** Milliseconds. */
  readonly lease: number
  /** Has the group given back, at a place that it can be gone on from. */
  readonly signal: AbortSignal
}

/** How it ended here: the training is over, somebody else has the group, another worker may have it, or nobody can go on. */
export type LayersEnd = 'over' | 'lost' | 'given back' | 'failed'

/** Takes a group up, whose record is known, and does it. */
export async function doLayers(
  taken: Taken,
  held: Held<LayersJob>,
  options: LayersTaskOptions,
): Promise<LayersEnd> {
  const { sequence } = taken
  const { value, revision } = held
  const isOthers = value.state === 'running' && value.sequence !== sequence
  if (isOthers || value.state === 'done' || value.state === 'failed') {
    await taken.acknowledge()
    return isOthers ? 'lost' : 'over'
  }
  const attempts = value.attempts + 1
  try {
    const running = { state: 'running' as const, sequence, worker: options.worker, attempts }
    await options.records.write(taken.task.record, revision, { ...value, ...running })
    const exit = await child(taken, options)
    return await after(taken, options, exit)
  } catch (error) {
    if (error instanceof LeaseLost) return 'lost'
    throw error
  }
}

/** The code that it ended with, or the signal that ended it. */
type Exit = number | NodeJS.Signals

async function child(taken: Taken, options: LayersTaskOptions): Promise<Exit> {
  const { url, creds, provider, device, data, scratch, lease, signal, records } = options
  const words = ['group', taken.task.record, '--on', url, '--scratch', scratch, '--provider', provider]
  const more = [
    ...(creds === undefined ? [] : ['--creds', creds]),
    ...(device === undefined ? [] : ['--device', String(device)]),
    ...(data === undefined ? [] : ['--data', data]),
  ]
  const process = startFollower([script, ...words, ...more], { stdio: ['ignore', 'ignore', 'inherit'], workers: 2 })
  const leave = () => process.kill('SIGINT')
  const renewing = setInterval(() => {
    taken.renew()
    stillOurs(taken, records).then(
      (isOurs) => {
        if (!isOurs) process.kill('SIGKILL')
      },
      // The server does not answer: the next time will tell.
      () => undefined,
    )
  }, renewMs(lease))
  signal.addEventListener('abort', leave)
  if (signal.aborted) leave()
  try {
    const [code, by] = (await once(process, 'exit')) as [number | null, NodeJS.Signals | null]
    return code ?? by ?? 1
  } finally {
    clearInterval(renewing)
    signal.removeEventListener('abort', leave)
  }
}

/** Whether nobody else has taken it; of a training that is over, the child hears itself. */
async function stillOurs({ task, sequence }: Taken, records: Records<LayersJob>): Promise<boolean> {
  const held = await records.get(task.record)
  return held === undefined || held.value.sequence === sequence
}

/** Says in the record how it ended, and gives the message back or lets it go. */
async function after(taken: Taken, { records, signal }: LayersTaskOptions, exit: Exit): Promise<LayersEnd> {
  const { record } = taken.task
  const held = await records.get(record)
  if (!held) {
    await taken.acknowledge()
    return 'over'
  }
  const { value, revision } = held
  if (value.sequence !== taken.sequence) return 'lost'
  const isMachine = typeof exit === 'string' || signal.aborted
  const isFailed = !isMachine || (!signal.aborted && value.attempts >= MOST_ATTEMPTS)
  const free = { sequence: null, worker: null }
  if (isFailed) {
    const failure = typeof exit === 'string' ? `${exit} ended it ${value.attempts} times` : `it ended with exit code ${exit}`
    await records.write(record, revision, { ...value, ...free, state: 'failed', failure })
    await taken.acknowledge()
    return 'failed'
  }
  await records.write(record, revision, { ...value, ...free, state: 'waiting' })
  taken.giveBack(signal.aborted ? undefined : AGAIN_MS)
  return 'given back'
}
