import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nkeys } from '@nats-io/transport-node'
import { z } from 'zod'
import { getFile } from '../../../runtime/hosts/fetch-file.ts'
import { putBytes, putFile, removeFile, storeOf } from '../../../runtime/hosts/files.ts'
import { isPassing } from '../../../runtime/hosts/passing.ts'
import { LeaseLost, Records } from '../../../runtime/hosts/records.ts'
import { WORK_STREAM } from '../../../runtime/hosts/names.ts'
import { openRuns, removeRuns } from '../../../runtime/hosts/run-records.ts'
import { shownUrl, withoutCredentials } from '../../../src/base/url-credentials.ts'
import { connectServer, type Server } from '../../../runtime/hosts/server.ts'
import { serversOf } from '../../../src/base/server-address.ts'
import { publishTask, WorkQueue } from '../../../runtime/hosts/work.ts'
import { lacksNats, startNats, type TestServer } from '../../support/nats-server.ts'

describe('the address of a server', () => {
  it('is of one, or of several of a cluster', () => {
    expect(serversOf('nats://a:4222, tls://me:p%40ss@b')).toEqual([
      { place: 'a:4222', isSecure: false, user: '', pass: '' },
      { place: 'b', isSecure: true, user: 'me', pass: 'p@ss' },
    ])
  })

  it.each(['http://a', 'a', 'nats://', 'nats://a/b', ''])('is not %j', (url) => {
    expect(() => serversOf(url)).toThrow(expect.objectContaining({ name: 'ServerError' }))
  })

  it('is told without its password', () => {
    expect(() => serversOf('nats://me:secret@a/b')).toThrow(/^nats:\/\/…@a\/b is not/)
  })

  it.each([
    ['nats://me:secret@a', 'nats://…@a'],
    ['nats://me:sec/ret@a', 'nats://…@a'],
    ['nats://me:s@cret@a', 'nats://…@a'],
    ['nats://me:sec,ret@a', 'nats://…@a'],
    ['nats://me:secret@a,tls://you:other@b', 'nats://…@a,tls://…@b'],
    ['nats://a,nats://b', 'nats://a,nats://b'],
  ])('%s is shown as %s', (url, shown) => {
    expect(shownUrl(url)).toBe(shown)
    expect(withoutCredentials(url)).toBe(shown.replaceAll('…@', ''))
  })
})

describe('what passes by itself', () => {
  const said = (parts: object) => isPassing(Object.assign(new Error('said'), parts))

  it('is a disk that is full, at whatever the server wanted to write; a refusal is not', () => {
    expect(said({ name: 'JetStreamApiError', code: 10012, status: 500 })).toBe(true)
    expect(said({ name: 'JetStreamApiError', code: 10077, status: 503 })).toBe(true)
    expect(said({ name: 'JetStreamApiError', code: 10039, status: 503 })).toBe(false)
    expect(said({ name: 'JetStreamApiError', code: 10059, status: 404 })).toBe(false)
  })
})

describe.skipIf(lacksNats('work on several hosts'))('over a server,', () => {
  let nats: TestServer
  let server: Server
  const folder = mkdtempSync(join(tmpdir(), 'hebb-hosts-'))
  beforeAll(async () => {
    nats = await startNats()
    server = await connectServer({ url: nats.url, name: 'test' })
  })
  afterAll(async () => {
    await server.close()
    await nats.remove()
    rmSync(folder, { recursive: true })
  })

  it('says what is wrong where none is, and what to do', async () => {
    await expect(connectServer({ url: 'nats://127.0.0.1:1', name: 'test' })).rejects.toThrow(
      /^the NATS server at nats:\/\/127.0.0.1:1: .*\n {2}Start one: nats-server -js/,
    )
  })

  it('says so where it has no TLS, and credentials are none', async () => {
    const creds = join(folder, 'creds')
    writeFileSync(creds, 'secret')
    const url = nats.url.replace('nats:', 'tls:')
    await expect(connectServer({ url, name: 'test' })).rejects.toThrow(
      /\n {2}It has no TLS: name it by nats:/,
    )
    const missing = join(folder, 'missing')
    await expect(connectServer({ url: nats.url, creds: missing, name: 'test' })).rejects.toThrow(
      /^cannot read .*missing: no such file .*\n {2}--creds names it/s,
    )
    const holdsNone = /^.*creds holds no credentials: .*\n {2}--creds names it: give the file that/
    await expect(connectServer({ url: nats.url, creds, name: 'test' })).rejects.toThrow(holdsNone)
    writeFileSync(
      creds,
      '-----BEGIN A-----\nnone\n------END A------\n\n-----BEGIN B-----\nSUANOKEY\n------END B------\n',
    )
    await expect(connectServer({ url: nats.url, creds, name: 'test' })).rejects.toThrow(holdsNone)
  })

  it.each(['SSH-2.0-OpenSSH_9.2\r\n', '220 mail ESMTP\r\n', '\0\xff\r\n'])(
    'says so where something else answers: %j',
    async (greeting) => {
      const other = createServer((socket) => socket.on('error', () => undefined).end(greeting))
      other.listen(0, '127.0.0.1')
      await once(other, 'listening')
      const url = `nats://127.0.0.1:${(other.address() as AddressInfo).port}`
      await expect(connectServer({ url, name: 'test' })).rejects.toThrow(
        /^the NATS server at .*\n {2}What answers there is no NATS server: look at the address\.$/,
      )
      other.close()
    },
  )

  describe('records', () => {
    const schema = z.strictObject({ step: z.number() })
    const records = async () => new Records(await server.makeBucket('records'), schema)

    it('are made once', async () => {
      const all = await records()
      expect(await all.create('job.once', { step: 0 })).toBeDefined()
      expect(await all.create('job.once', { step: 1 })).toBeUndefined()
      expect((await all.get('job.once'))?.value).toEqual({ step: 0 })
    })

    it('are written by who knows the last revision, and by nobody else', async () => {
      const all = await records()
      const first = await all.create('job.fence', { step: 0 })
      if (!first) throw new Error('there is one')
      const second = await all.write('job.fence', first.revision, { step: 1 })
      await expect(all.write('job.fence', first.revision, { step: 2 })).rejects.toThrow(LeaseLost)
      expect(await all.get('job.fence')).toEqual(second)
    })

    it('of somebody else are refused', async () => {
      const bucket = await server.bucket('records')
      await bucket.put('job.other', '{"step": "far"}')
      await expect((await records()).get('job.other')).rejects.toThrow(
        expect.objectContaining({ name: 'ServerError' }),
      )
    })

    it('are listed by what their keys begin with', async () => {
      const all = await records()
      await all.create('listed.a', { step: 1 })
      await all.create('listed.b', { step: 2 })
      expect([...(await all.all('listed')).keys()].toSorted()).toEqual(['listed.a', 'listed.b'])
      expect((await all.all('nothing')).size).toBe(0)
    })

    it('are listed to the end while others write them', async () => {
      const all = await records()
      const bucket = await server.bucket('records')
      const names = ['busy.a', 'busy.b', 'busy.c']
      const write = () => Promise.all(names.map((name) => bucket.put(name, '{"step": 1}')))
      await write()
      const over = new AbortController()
      const writing = (async () => {
        while (!over.signal.aborted) await write()
      })()
      for (let i = 0; i < 50; i++) expect([...(await all.all('busy')).keys()].toSorted()).toEqual(names)
      over.abort()
      await writing
    })
  })

  describe('work', () => {
    const lease = 1000
    const open = () => WorkQueue.open(server, { provider: 'cpu', lease })
    /** However long that takes. */
    const taken = async (queue: WorkQueue) => {
      for (;;) {
        const next = await queue.next()
        if (next) return next
      }
    }

    it('is taken once, and goes when it is acknowledged', async () => {
      const queue = await open()
      await publishTask(server, 'cpu', { record: 'job.a' }, { id: 'a' })
      await publishTask(server, 'cpu', { record: 'job.a' }, { id: 'a' })
      const { task, acknowledge } = await taken(queue)
      expect(task).toEqual({ record: 'job.a' })
      await acknowledge()
      expect(await queue.next()).toBeUndefined()
    })

    it('is given to another where nothing is heard of its worker', async () => {
      const queue = await open()
      await publishTask(server, 'cpu', { record: 'job.b' }, { id: 'b' })
      const first = await taken(queue)
      const second = await taken(queue)
      expect(second.sequence).toBe(first.sequence)
      await second.acknowledge()
    })

    it('is given to another at once where it is given back', async () => {
      const queue = await open()
      await publishTask(server, 'cpu', { record: 'job.c' }, { id: 'c' })
      const first = await queue.next()
      first?.giveBack()
      const second = await queue.next()
      expect(second?.sequence).toBe(first?.sequence)
      await second?.acknowledge()
    })

    it('comes once more where the server was away when it was acknowledged', async () => {
      const other = await startNats()
      const place = await connectServer({ url: other.url, name: 'test' })
      const queue = await WorkQueue.open(place, { provider: 'cpu', lease })
      await publishTask(place, 'cpu', { record: 'job.e' }, { id: 'e' })
      const first = await taken(queue)
      await other.kill()
      const acknowledged = first.acknowledge()
      await setTimeout(6000)
      await other.start()
      await acknowledged
      const second = await taken(queue)
      expect(second.sequence).toBe(first.sequence)
      await second.acknowledge()
      expect(await queue.next()).toBeUndefined()
      await place.close()
      await other.remove()
    })

    it('is acknowledged where the queue was removed meanwhile', async () => {
      const other = await startNats()
      const place = await connectServer({ url: other.url, name: 'test' })
      const queue = await WorkQueue.open(place, { provider: 'cpu', lease })
      await publishTask(place, 'cpu', { record: 'job.f' }, { id: 'f' })
      const { acknowledge } = await taken(queue)
      await place.manager.streams.delete(WORK_STREAM)
      await acknowledge()
      await place.close()
      await other.remove()
    })

    it('is waited for still where this process stood still meanwhile', async () => {
      const queue = await open()
      const waiting = queue.next()
      await setTimeout(100)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500)
      await publishTask(server, 'cpu', { record: 'job.d' }, { id: 'd' })
      const next = (await waiting) ?? (await taken(queue))
      expect(next.task).toEqual({ record: 'job.d' })
      await next.acknowledge()
    })

    it('is what others make room for: who only waits for it leaves nothing on a server', async () => {
      const other = await startNats()
      const place = await connectServer({ url: other.url, name: 'test' })
      try {
        const queue = await WorkQueue.open(place, { provider: 'cpu', lease })
        expect(await queue.next()).toBeUndefined()
        const runs = await openRuns(place)
        expect(await runs.get('job.run')).toBeUndefined()
        expect([await runs.all(), await runs.all('job')].map(({ size }) => size)).toEqual([0, 0])
        const store = storeOf(await place.files('hebb-files-job'), 'run')
        await removeFile(store, { sha256: 'none', bytes: 1 })
        await removeRuns(place, 'job')
        expect(await place.manager.streams.list().next()).toEqual([])
        // It is there as soon as somebody publishes.
        await publishTask(place, 'cpu', { record: 'job.first' }, { id: 'first' })
        expect((await taken(queue)).task).toEqual({ record: 'job.first' })
      } finally {
        await place.close()
        await other.remove()
      }
    })

    const task = (record: string) => JSON.stringify({ protocol: 1, record })

    it('that is none of ours goes', async () => {
      const queue = await open()
      const strange = ['do something', ...['.', 'a..b', 'a.'].map((record) => task(record))]
      for (const text of strange) {
        await server.stream.publish('hebb.work.cpu', text)
        expect(await queue.next()).toBeUndefined()
      }
      expect(await queue.next()).toBeUndefined()
    })
  })

  describe('files', () => {
    it('come back as they were put, by their hash', async () => {
      const store = await server.makeFiles('test-files')
      const data = new Uint8Array(3_000_001).fill(7)
      const [from, to] = [join(folder, 'from'), join(folder, 'to')]
      writeFileSync(from, data)
      const stored = await putFile(store, from)
      expect(await putBytes(store, data)).toEqual(stored)
      await getFile(store, stored, to)
      expect(readFileSync(to).equals(data)).toBe(true)
    })

    it('leave nothing on the server where they are removed, however many there were', async () => {
      const store = await server.makeFiles('test-removed')
      const own = storeOf(store, '0/12')
      const stored = await putBytes(own, new Uint8Array(600_000).fill(1))
      for (let i = 0; i < 2; i++) await removeFile(own, stored)
      expect(await own.info(stored.sha256)).toBeNull()
      expect((await server.manager.streams.info('OBJ_test-removed')).state.messages).toBe(0)
      expect(await putBytes(own, new Uint8Array(600_000).fill(1))).toEqual(stored)
      await getFile(own, stored, join(folder, 'again'))
    })

    it('come several at once, though the server keeps no more than 64 MB for a client that is behind', async () => {
      const store = await server.makeFiles('test-files')
      const names = [0, 1, 2, 3]
      const large = (i: number) => new Uint8Array(32 * 1024 * 1024).fill(i)
      const stored = []
      for (const i of names) stored.push(await putBytes(store, large(i)))
      await Promise.all(stored.map((file, i) => getFile(store, file, join(folder, `large-${i}`))))
      for (const i of names) expect(readFileSync(join(folder, `large-${i}`)).equals(large(i))).toBe(true)
    })

    it('are refused, and told to be gone, where their store is removed', async () => {
      const store = await server.makeFiles('test-gone')
      const stored = await putBytes(store, new TextEncoder().encode('first'))
      await server.removeFiles('test-gone')
      const refused = /^the files of this job are not on the server any more/
      await expect(putBytes(store, new TextEncoder().encode('second'))).rejects.toThrow(refused)
      await expect(getFile(store, stored, join(folder, 'gone'))).rejects.toThrow(refused)
    })

    it('are put once more where a client that was interrupted has removed their pieces again', async () => {
      const store = await server.files('test-files')
      const data = new Uint8Array(600_000).fill(9)
      const stored = await putBytes(store, data)
      const info = await store.info(stored.sha256)
      const filter = `$O.test-files.C.${info?.nuid ?? ''}`
      await server.manager.streams.purge('OBJ_test-files', { filter })
      const to = join(folder, 'again')
      await expect(getFile(store, stored, to)).rejects.toThrow(/any more/)
      expect(await putBytes(store, data)).toEqual(stored)
      await getFile(store, stored, to)
      expect(readFileSync(to).equals(data)).toBe(true)
    })

    it('are refused where some of their pieces are not there, and leave nothing on the server that was asked', async () => {
      const store = await server.makeFiles('test-half')
      const stored = await putBytes(store, new Uint8Array(600_000).fill(5))
      await getFile(store, stored, join(folder, 'whole'))
      const info = await store.info(stored.sha256)
      const filter = `$O.test-half.C.${info?.nuid ?? ''}`
      await server.manager.streams.purge('OBJ_test-half', { filter, keep: 1 })
      await expect(getFile(store, stored, join(folder, 'half'))).rejects.toThrow(/any more/)
      expect(existsSync(join(folder, 'half'))).toBe(false)
      await server.connection.flush()
      expect((await server.manager.streams.info('OBJ_test-half')).state.consumer_count).toBe(0)
    })

    it('are refused where they are something else', async () => {
      const store = await server.makeFiles('test-files')
      const stored = await putBytes(store, new TextEncoder().encode('right'))
      await store.put({ name: stored.sha256 }, new Blob(['wrong']).stream())
      await expect(getFile(store, stored, join(folder, 'wrong'))).rejects.toThrow(/SHA-256 differs/)
      await expect(getFile(store, { sha256: 'none', bytes: 1 }, join(folder, 'none'))).rejects.toThrow(
        /any more/,
      )
    })
  })

  it('is waited for by who wants work, where it is shut down in order', async () => {
    const other = await startNats()
    const place = await connectServer({ url: other.url, name: 'test' })
    const queue = await WorkQueue.open(place, { provider: 'cpu', lease: 1000 })
    const waiting = queue.next()
    await other.stop()
    await other.start()
    await publishTask(place, 'cpu', { record: 'job.after' }, { id: 'after' })
    let taken = await waiting
    taken ??= await queue.next()
    expect(taken?.task).toEqual({ record: 'job.after' })
    await place.close()
    await other.remove()
  })

  it('is asked again where it refuses for a time whom it has let in before', async () => {
    const config = join(folder, 'nats.conf')
    const letIn = (password: string) => {
      writeFileSync(config, `authorization { user: me, password: ${password} }`)
    }
    letIn('one')
    const other = await startNats('-c', config)
    const told: string[] = []
    const place = await connectServer({
      url: other.url.replace('//', '//me:one@'),
      name: 'test',
      onConnection: (word) => told.push(word),
    })
    const all = new Records(await place.makeBucket('records'), z.strictObject({ step: z.number() }))
    const held = await all.create('job.refused', { step: 3 })
    await other.kill()
    letIn('two')
    await other.start()
    const asked = all.get('job.refused')
    // Until it has been tried some times.
    while (!told.includes('refused')) await setTimeout(50)
    await setTimeout(1000)
    await other.kill()
    letIn('one')
    await other.start()
    expect(await asked).toEqual(held)
    expect(told).toEqual(['lost', 'refused', 'restored'])
    await place.close()
    await other.remove()
  })

  it('hears of credentials that are renewed meanwhile, and of a file that cannot be read', async () => {
    const config = join(folder, 'keys.conf')
    const creds = join(folder, 'renewed')
    const [first, second] = [nkeys.createUser(), nkeys.createUser()]
    type KeyPair = ReturnType<typeof nkeys.createUser>
    const letIn = (user: KeyPair) => {
      writeFileSync(config, `authorization { users: [{ nkey: ${user.getPublicKey()} }] }`)
    }
    const write = (user: KeyPair) => {
      const seed = new TextDecoder().decode(user.getSeed())
      const part = (name: string, text: string) =>
        `-----BEGIN ${name}-----\n${text}\n------END ${name}------\n\n`
      writeFileSync(creds, part('NATS USER JWT', 'none') + part('USER NKEY SEED', seed))
    }
    letIn(first)
    write(first)
    const other = await startNats('-c', config)
    const told: string[] = []
    const problems: (string | undefined)[] = []
    const place = await connectServer({
      ...{ url: other.url, creds, name: 'test' },
      onConnection: (word, problem) => {
        told.push(word)
        problems.push(problem)
      },
    })
    const until = async (word: string) => {
      while (told.at(-1) !== word) await setTimeout(50)
    }
    await other.kill()
    rmSync(creds)
    await other.start()
    await until('restored')
    expect(told).toEqual(['lost', 'unread', 'restored'])
    expect(problems[1]).toContain('no such file')
    await other.kill()
    letIn(second)
    await other.start()
    await until('refused')
    write(second)
    await until('restored')
    expect(told.slice(3).filter((word) => word !== 'unread')).toEqual(['lost', 'refused', 'restored'])
    await place.close()
    await other.remove()
  })

  it('goes on with what it had where it was started again', async () => {
    const all = new Records(await server.makeBucket('records'), z.strictObject({ step: z.number() }))
    const held = await all.create('job.restart', { step: 3 })
    await nats.kill()
    const asked = all.get('job.restart')
    await nats.start()
    expect(await asked).toEqual(held)
  })
})
