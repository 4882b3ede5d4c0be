import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storeOf, type FileStore } from '../../../runtime/hosts/files.ts'
import { getRun } from '../../../runtime/hosts/restore.ts'
import { RunUploads } from '../../../runtime/hosts/snapshot.ts'
import { connectServer, type Server } from '../../../runtime/hosts/server.ts'
import { requireCarried } from '../../../runtime/hosts/run-flags.ts'
import { isBundlePath, isRunPath } from '../../../runtime/hosts/run-paths.ts'
import { writeSafetensors } from '../../../runtime/files/safetensors.ts'
import { lacksNats, startNats, type TestServer } from '../../support/nats-server.ts'

/** What of a run goes from host to host. */

describe('flags of a run that goes to another host', () => {
  it('are those of how it is made and judged', () => {
    requireCarried({ '--steps': '4', '--keep-best': 'loss', '--tf32': '', '--no-report': '' })
  })

  it.each([
    [{ '--init': 'weights.safetensors' }, '--init cannot go with a run to another host'],
    [{ '--data': '/etc' }, '--data cannot go'],
    [{ toString: '' }, 'toString cannot go'],
    [{ '--steps': '' }, '--steps has no value'],
    [{ '--tf32': '/etc' }, "--tf32 takes no value, and has '/etc'"],
  ])('are not %j', (flags, problem) => {
    expect(() => {
      requireCarried(flags)
    }).toThrow(problem)
  })
})

describe('files that a record may name', () => {
  it.each([
    'run.json',
    'checkpoint.safetensors',
    'checkpoints/step-4.safetensors',
    'metrics.jsonl',
    'probe.json',
  ])('are %s', (path) => {
    expect(isRunPath(path)).toBe(true)
  })

  it.each([
    'lock',
    'bundle/manifest.json',
    '../run.json',
    '/etc/passwd',
    'x/run.json',
    'checkpoints/../run.json',
    'report.html',
    'a.ts',
  ])('are not %s', (path) => {
    expect(isRunPath(path)).toBe(false)
  })

  it('are graphs and the manifest, of a bundle', () => {
    expect(['manifest.json', 'conv1.onnx', 'a/conv1.onnx', '.onnx', 'x.mjs'].map(isBundlePath)).toEqual([
      ...[true, true, false, false, false],
    ])
  })
})

describe.skipIf(lacksNats('the folder of a run on a server'))('the folder of a run', () => {
  let nats: TestServer
  let server: Server
  let store: FileStore
  const place = mkdtempSync(join(tmpdir(), 'hebb-run-'))
  const [folder, to] = [join(place, 'run'), join(place, 'to')]
  beforeAll(async () => {
    nats = await startNats()
    server = await connectServer({ url: nats.url, name: 'test' })
    store = storeOf(await server.makeFiles('test'), 'job.run')
  })
  afterAll(async () => {
    await server.close()
    await nats.remove()
    rmSync(place, { recursive: true })
  })

  const checkpoint = (step: number) => {
    const metadata = { step: String(step) }
    writeSafetensors(join(folder, 'checkpoint.safetensors'), new Map(), metadata)
  }

  it('goes to the server at a checkpoint, and comes back as it was', async () => {
    const { mkdirSync } = await import('node:fs')
    mkdirSync(folder)
    const uploads = new RunUploads(store, folder, join(place, 'sent'), {})
    writeFileSync(join(folder, 'run.json'), '{}')
    writeFileSync(join(folder, 'metrics.jsonl'), '{"step":1}\n')
    writeFileSync(join(folder, 'lock'), 'ours')
    expect(await uploads.put()).toMatchObject({ step: 0 })
    checkpoint(1)
    const first = await uploads.put()
    expect(first.step).toBe(1)
    expect(first.files.map(({ path }) => path).toSorted()).toEqual([
      ...['checkpoint.safetensors', 'metrics.jsonl', 'run.json'],
    ])
    appendFileSync(join(folder, 'metrics.jsonl'), '{"step":2}\n')
    checkpoint(2)
    const second = await uploads.put()
    await uploads.removeOld(first.files, second.files)
    const metrics = second.files.find(({ path }) => path === 'metrics.jsonl')
    // What was there is not sent again.
    expect(metrics?.parts.map(({ bytes }) => bytes)).toEqual([11, 11])
    await getRun(store, second.files, to)
    for (const { path } of second.files)
      expect(readFileSync(join(to, path)).equals(readFileSync(join(folder, path))), path).toBe(true)
    expect(existsSync(join(to, 'lock'))).toBe(false)
    // The checkpoint before is gone from the server.
    await expect(getRun(store, first.files, join(place, 'old'))).rejects.toThrow(/any more/)
  })

  it('of another owner is another one, whatever it holds', async () => {
    const other = storeOf(await server.files('test'), 'job.other')
    const uploads = new RunUploads(store, folder, join(place, 'sent'), {})
    const { files } = await uploads.put()
    await expect(getRun(other, files, join(place, 'other'))).rejects.toThrow(/any more/)
  })
})
