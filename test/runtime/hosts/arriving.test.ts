import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { present } from '../../../src/base/lists.ts'
import { arriving } from '../../../runtime/hosts/arriving.ts'
import { getFile } from '../../../runtime/hosts/fetch-file.ts'
import { putBytes } from '../../../runtime/hosts/files.ts'
import { Records } from '../../../runtime/hosts/records.ts'
import { connectServer, type Server } from '../../../runtime/hosts/server.ts'
import { lacksNats, startNats, type TestServer } from '../../support/nats-server.ts'

const connections = z.object({ connections: z.array(z.object({ subscriptions: z.number() })) })

describe.skipIf(lacksNats('files of a server'))('a file of a server', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'hebb-arriving-'))
  let nats: TestServer
  let server: Server
  beforeAll(async () => {
    nats = await startNats('-m', '-1')
    server = await connectServer({ url: nats.url, name: 'test' })
  })
  afterAll(async () => {
    await server.close()
    await nats.remove()
    rmSync(folder, { recursive: true })
  })

  /** What the server still sends to this process, or would send. */
  async function left() {
    const [, monitor] = /http monitor on (\S+)/.exec(nats.said()) ?? []
    const answer = await fetch(`http://${monitor}/connz`)
    const { state } = await server.manager.streams.info('OBJ_test')
    const [client] = connections.parse(await answer.json()).connections
    return { subscriptions: client?.subscriptions, consumers: state.consumer_count }
  }

  it('is sent no further where it cannot be written here, or is used no further', async () => {
    const store = await server.makeFiles('test')
    const stored = await putBytes(store, new Uint8Array(3_000_000).fill(3))
    await getFile(store, stored, join(folder, 'whole'))
    const before = await left()
    expect(before.consumers).toBe(0)

    const nowhere = join(folder, 'nowhere', 'file')
    await expect(getFile(store, stored, nowhere)).rejects.toThrow(/^cannot write /)
    await expect.poll(left).toEqual(before)

    const info = present((await store.info(stored.sha256)) ?? undefined, 'the file')
    const pieces = present(await store.pieces(info), 'its pieces')
    for await (const piece of arriving(pieces)) {
      expect(piece.length).toBeGreaterThan(0)
      break
    }
    pieces.stop()
    await expect.poll(left).toEqual(before)
  })
  it('is listed among others without a trace of who asked', async () => {
    const records = new Records(await server.makeBucket('test'), z.object({ of: z.string() }))
    for (const of of ['a', 'b']) await records.create(`job.${of}`, { of })
    await records.remove('job.a')
    for (let i = 0; i < 3; i++) expect([...(await records.all('job')).keys()]).toEqual(['job.b'])
    await server.connection.flush()
    expect((await server.manager.streams.info('KV_test')).state.consumer_count).toBe(0)
  })
})
