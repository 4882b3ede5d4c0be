import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers'
import { setTimeout as sleep } from 'node:timers/promises'
import { UserError } from '../../base/error.ts'
import { shown } from '../../base/file-error.ts'
import { kindOf, wrongKind } from '../../base/file-kind.ts'
import { leaveOpen } from '../../base/left-open.ts'
import { ImageRoot } from '../../../runtime/hosts/find-images.ts'
import { RECORD_BUCKET } from '../../../runtime/hosts/names.ts'
import { connectServer } from '../../../runtime/hosts/server.ts'
import { explained } from '../../../runtime/hosts/server-error.ts'
import { canGoOn } from '../goes-on.ts'
import { interruptible, stopBy } from '../interrupt.ts'
import { Bundles } from './bundles.ts'
import { requireFit } from './fit.ts'
import { onFailure } from './failures.ts'
import { newWorkerId, Presence } from './presence.ts'
import { openScratch } from './scratch.ts'
import { work } from './work.ts'
import { tellWork, type Slot, type Worker } from './worker.ts'
import type { WorkFlags } from './flags.ts'
import type { ConnectionTold } from '../../../runtime/hosts/connection-told.ts'

/** What a process needs before --grace ends it, to say so and to end by itself. */
const SPARE_MS = 1000

/** How long the last words to the server may take. */
const CLOSE_MS = 2000

/** Connects, and does what there is to do, until it is stopped: from the first thing that it makes to the last that it removes. */
export async function startWork(flags: WorkFlags, slots: readonly Slot[]): Promise<void> {
  const { data, scratch, grace } = flags
  requireRoot(data)
  const id = newWorkerId()
  stopBy({ grace, exitZeroOnSignal: true })
  canGoOn({ how: 'what it had goes on elsewhere, or here when it is started again', of: { worker: id } })
  const inHand: Worker['inHand'] = new Map()
  await interruptible(
    () =>
      inHand.size > 0 ? 'Stopping: what is being done writes a checkpoint and is given back.' : 'Stopping.',
    async (stop) => {
      await requireFit(flags.provider, slots)
      stop.throwIfAborted()
      const place = openScratch(scratch)
      try {
        await connectAndWork(flags, slots, { id, folder: place.folder, inHand, stop })
      } finally {
        place.remove()
      }
    },
    () => true,
  )
}

type Begun = Pick<Worker, 'id' | 'folder' | 'inHand' | 'stop'>

async function connectAndWork(flags: WorkFlags, slots: readonly Slot[], begun: Begun): Promise<void> {
  const { on, creds, provider } = flags
  const { id, stop } = begun
  const reach = { url: on, creds, name: `hebb work ${id}`, onConnection: tellConnection }
  const server = await orStopped(connectServer(reach), stop, (late) => late.connection.close())
  let presence: Presence | undefined
  try {
    presence = await orStopped(Presence.open(server, id, provider, tellPresence), stop, (late) =>
      late.close(),
    )
    const records = await orStopped(server.bucket(RECORD_BUCKET), stop)
    const worker = workerOf(flags, { ...begun, server, presence, records })
    tellWork('info', 'ready', `${id}: ready for work`, { worker: id, slots: slots.length })
    const until = { once: flags.once, idle: 1000 * (flags.idleExit ?? Infinity) }
    await explained(on, () => work(worker, slots, until))
  } finally {
    // However it ended: what says that it is there would keep the process.
    if (presence) await atMost(presence.close())
    await atMost(server.close())
    await server.connection.close()
  }
}

function workerOf(
  { on, creds, data, grace, lease, provider }: WorkFlags,
  begun: Begun & Pick<Worker, 'server' | 'presence' | 'records'>,
): Worker {
  const { stop, server, folder } = begun
  const over = new AbortController()
  const leave = () => {
    over.abort(new Error('there was no time left for a checkpoint (--grace)'))
  }
  stop.addEventListener('abort', () => {
    if (grace !== undefined) setTimeout(leave, 1000 * grace - SPARE_MS).unref()
  })
  const again = { onFailure: onFailure({ lease: 1000 * lease, stop, over }) }
  return {
    ...begun,
    ...{ reach: { url: on, creds }, provider, lease: 1000 * lease, again, over: over.signal },
    images: new ImageRoot(data),
    bundles: new Bundles(server, join(folder, 'bundles'), { ...again, signal: over.signal }),
  }
}

/**
 * Waits for nothing that a worker needs where it is to stop. @param leave what comes too late is closed by this
 *
 * @throws the signal's reason
 */
async function orStopped<T>(
  coming: Promise<T>,
  stop: AbortSignal,
  leave: (late: T) => Promise<void> = () => Promise.resolve(),
): Promise<T> {
  const isStopped = new Promise<'stopped'>((resolve) => {
    const stopped = () => {
      resolve('stopped')
    }
    if (stop.aborted) stopped()
    else stop.addEventListener('abort', stopped)
  })
  const first = await Promise.race([coming.then((here) => ({ here })), isStopped])
  if (first !== 'stopped' && !stop.aborted) return first.here
  // Nobody waits for that, nor for why it did not come; nor does the process.
  leaveOpen()
  void coming.then(leave).catch(() => undefined)
  throw stop.reason
}

/** Of a server that is away, no answer comes. */
const atMost = (done: Promise<void>): Promise<void> =>
  Promise.race([done, sleep(CLOSE_MS, undefined, { ref: false })])

/** @throws UserError ('DataError') where there is no such folder; ('FileError') where it is none */
function requireRoot(data: string): void {
  const kind = kindOf(data)
  if (kind === 'folder') return
  if (kind !== undefined) throw wrongKind(kind, data, 'folder')
  throw new UserError('DataError', `no folder ${shown(data)}`, {
    details: [`looked for ${shown(resolve(data))}`],
    help: 'Give the folder below which the data sets lie: --data /data',
  })
}

const connection: Readonly<Record<ConnectionTold, string>> = {
  lost: 'the server is gone: what is being done goes on',
  refused: 'the server does not let this worker in any more: it is asked again, look at the credentials',
  restored: 'the server is there again',
  unread: 'the credentials cannot be read, and the earlier ones are used',
}

function tellPresence(line: string): void {
  tellWork('warning', 'presence', line, {})
}

function tellConnection(told: ConnectionTold, problem?: string): void {
  const line = problem === undefined ? connection[told] : `${connection[told]}: ${problem}`
  tellWork('warning', told, line, problem === undefined ? {} : { problem })
}
