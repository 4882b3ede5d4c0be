import { createHash, randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { getFile } from '../../runtime/hosts/fetch-file.ts'
import { putFile } from '../../runtime/hosts/files.ts'
import { Records } from '../../runtime/hosts/records.ts'
import { connectServer, type Server } from '../../runtime/hosts/server.ts'
import { publishTask, WorkQueue } from '../../runtime/hosts/work.ts'
import { startNats } from '../../test/support/nats-server.ts'

/** What a server on this machine does in a second, asked by a process beside it; and what is asked of it. */
export interface ServerRates {
  /** Records that are read, and written. */
  readonly reads: number
  readonly writes: number
  /** Bytes that are stored, and given out. */
  readonly stored: number
  readonly given: number
  /** Messages of a client to the server and back: a renewal with the look at the record, a file of a checkpoint, and each piece of it. */
  readonly messages: { readonly renewal: number; readonly file: number; readonly piece: number }
}

/** Questions on their way at once. */
const AT_ONCE = 64
const SECONDS = 3
const MB = 2 ** 20
const FILE = 32 * MB
/** Of files on the server. */
export const PIECE = 256 * 1024

/** How often in a second, by several at once. */
async function rate(act: (number: number) => Promise<unknown>): Promise<number> {
  const began = performance.now()
  const end = began + 1000 * SECONDS
  let done = 0
  const one = async (): Promise<void> => {
    while (performance.now() < end) await act(done++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  return (1000 * done) / (performance.now() - began)
}

/** Messages that a client sends and is sent. */
async function messagesOf({ connection }: Server, act: () => Promise<unknown>): Promise<number> {
  await connection.flush()
  const before = connection.stats()
  await act()
  await connection.flush()
  const after = connection.stats()
  return after.outMsgs - before.outMsgs + after.inMsgs - before.inMsgs
}

const schema = z.object({ step: z.number(), rest: z.string() })
/** A record of a run is of about this size. */
const rest = 'x'.repeat(2000)

export async function measureServer(folder: string): Promise<ServerRates> {
  const nats = await startNats()
  const server = await connectServer({ url: nats.url, name: 'rates' })
  try {
    const records = new Records(await server.makeBucket('rates'), schema)
    const held = await records.create('job.one', { step: 0, rest })
    if (!held) throw new Error('the server was to be empty')
    const reads = await rate(() => records.get('job.one'))
    const writes = await rate((number) => records.create(`job.${number}`, { step: 0, rest }))
    const store = await server.makeFiles('rates-files')
    const paths = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => join(folder, String(i)))
    for (const path of paths) writeFileSync(path, randomBytes(FILE))
    const timed = async (act: () => Promise<unknown>) => {
      const began = performance.now()
      await act()
      return (1000 * paths.length * FILE) / (performance.now() - began)
    }
    const files: Awaited<ReturnType<typeof putFile>>[] = []
    const stored = await timed(async () => {
      files.push(...(await Promise.all(paths.map((path) => putFile(store, path)))))
    })
    const given = await timed(() =>
      Promise.all(files.map((file, i) => getFile(store, file, join(folder, `back-${i}`)))),
    )
    for (const path of paths) rmSync(path)
    return { reads, writes, stored, given, messages: await countMessages(server, records, folder) }
  } finally {
    await server.close()
    await nats.remove()
  }
}

async function countMessages(
  server: Server,
  records: Records<z.infer<typeof schema>>,
  folder: string,
): Promise<ServerRates['messages']> {
  const queue = await WorkQueue.open(server, { provider: 'cpu', lease: 30_000 })
  await publishTask(server, 'cpu', { record: 'job.one' }, { id: 'one' })
  const taken = await queue.next()
  if (!taken) throw new Error('something was published')
  const renewal = await messagesOf(server, async () => {
    taken.renew()
    await records.get('job.one')
  })
  const store = await server.makeFiles('count-files')
  const filesOf = async (bytes: number) => {
    const path = join(folder, createHash('sha256').update(String(bytes)).digest('hex'))
    writeFileSync(path, randomBytes(bytes))
    return messagesOf(server, () => putFile(store, path))
  }
  const file = await filesOf(1)
  const pieces = 16
  return { renewal, file, piece: ((await filesOf(pieces * PIECE)) - file) / (pieces - 1) }
}
