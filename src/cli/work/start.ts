import { join } from 'node:path'
import { setTimeout } from 'node:timers'
import { setTimeout as sleep } from 'node:timers/promises'
import { UserError } from '../../base/error.ts'
import { shown } from '../../base/file-error.ts'
import { kindOf } from '../../base/file-kind.ts'
import { ImageRoot } from '../../../runtime/hosts/find-images.ts'
import { RECORD_BUCKET } from '../../../runtime/hosts/names.ts'
import { connectServer, type Server } from '../../../runtime/hosts/server.ts'
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

/** Connects, and does what there is to do, until it is stopped. */
export async function startWork(flags: WorkFlags, slots: readonly Slot[]): Promise<void> {
  const { on, creds, data, scratch, grace } = flags
  requireRoot(data)
  await requireFit(flags.provider, slots)
  const id = newWorkerId()
  stopBy({ grace, exitZeroOnSignal: true })
  canGoOn({ how: 'what it had goes on elsewhere, or here when it is started again', of: { worker: id } })
  const place = openScratch(scratch)
  try {
    const reach = { url: on, creds, name: `hebb work ${id}`, onConnection: tellConnection }
    await workOn(await connectServer(reach), flags, slots, { id, folder: place.folder })
  } finally {
    place.remove()
  }
}

async function workOn(
  server: Server,
  flags: WorkFlags,
  slots: readonly Slot[],
  { id, folder }: Pick<Begun, 'id' | 'folder'>,
): Promise<void> {
  let presence: Presence | undefined
  try {
    presence = await Presence.open(server, id, flags.provider)
    await workUntilStopped(flags, slots, { id, server, presence, folder })
  } finally {
    // However it ended: what says that it is there would keep the process.
    if (presence) await atMost(presence.close())
    await atMost(server.close())
    await server.connection.close()
  }
}

type Begun = Pick<Worker, 'id' | 'server' | 'presence' | 'folder'>

async function workUntilStopped(
  flags: WorkFlags,
  slots: readonly Slot[],
  { id, server, presence, folder }: Begun,
): Promise<void> {
  const { on, creds, data, grace, once, idleExit = Infinity } = flags
  const records = await server.bucket(RECORD_BUCKET)
  tellWork('info', 'ready', `${id}: ready for work`, { worker: id, slots: slots.length })
  await interruptible(
    'Stopping: what is being done writes a checkpoint and is given back.',
    async (stop) => {
      const over = new AbortController()
      stop.addEventListener('abort', () => {
        if (grace !== undefined) setTimeout(leave, 1000 * grace - SPARE_MS).unref()
      })
      const leave = () => {
        over.abort(new Error('there was no time left for a checkpoint (--grace)'))
      }
      const again = { onFailure: onFailure({ lease: 1000 * flags.lease, stop, over }) }
      const worker: Worker = {
        ...{
          id,
          server,
          reach: { url: on, creds },
          records,
          provider: flags.provider,
          lease: 1000 * flags.lease,
        },
        ...{ folder, images: new ImageRoot(data), presence, again, stop },
        bundles: new Bundles(server, join(folder, 'bundles'), { ...again, signal: over.signal }),
        over: over.signal,
        inHand: new Map(),
      }
      await explained(on, () => work(worker, slots, { once, idle: 1000 * idleExit }))
    },
    () => true,
  )
}

/** Of a server that is away, no answer comes. */
const atMost = (done: Promise<void>): Promise<void> =>
  Promise.race([done, sleep(CLOSE_MS, undefined, { ref: false })])

/** @throws UserError ('DataError') where there is no such folder */
function requireRoot(data: string): void {
  if (kindOf(data) !== undefined) return
  throw new UserError('DataError', `no folder ${shown(data)}`, {
    help: 'Give the folder below which the data sets lie: --data /data',
  })
}

const connection: Readonly<Record<ConnectionTold, string>> = {
  lost: 'the server is gone: what is being done goes on',
  refused: 'the server does not let this worker in any more: it is asked again, look at the credentials',
  restored: 'the server is there again',
  unread: 'the credentials cannot be read: those that they were are used',
}

function tellConnection(told: ConnectionTold, problem?: string): void {
  const line = problem === undefined ? connection[told] : `${connection[told]}: ${problem}`
  tellWork('warning', told, line, problem === undefined ? {} : { problem })
}
