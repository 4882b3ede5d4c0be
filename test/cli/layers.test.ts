import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lacksNats, startNats, type TestServer } from '../support/nats-server.ts'
import { writeFewImages } from '../support/few-images.ts'
import { startWorker, type RunningWorker } from '../support/worker.ts'
import { hebb, newFolder, startHebb, tinyProgram, write } from './run-hebb.ts'

describe('hebb train --on', () => {
  it.each([
    [['--on', 'nats://a'], /'--on' and '--layers-on' go together/],
    [['--layers-on', '2'], /'--on' and '--layers-on' go together/],
    [['--creds', 'mine.creds'], /'--creds' is for --on/],
    [['--on', 'nats://a', '--layers-on', '2', '--workers', '2'], /cannot be used with option '--workers/],
  ])('refuses %j', async (words, problem) => {
    const train = ['train', 'mine.ts', '--data', '.', '--out', 'runs/none', ...words]
    expect(await hebb(train, newFolder())).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(problem) as string,
    })
  })

  it('says what is wrong where there is no server', async () => {
    const folder = newFolder()
    write(folder, 'mine.ts', tinyProgram())
    await writeFewImages(folder, 'few', { train: 60, test: 20 })
    const words = ['train', 'mine.ts', '--data', 'few', '--out', 'run', '--steps', '2']
    const told = await hebb([...words, '--on', 'nats://127.0.0.1:1', '--layers-on', '2'], folder)
    expect(told).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Start one: nats-server -js') as string,
    })
  })
})

const LEASE = 2
const STEPS = 150

describe.skipIf(lacksNats('layers on hosts'))('workers of layers', { timeout: 400_000 }, () => {
  const folder = newFolder()
  const workers: RunningWorker[] = []
  let nats: TestServer

  const words = (out: string) => [
    ...['train', 'mine.ts', '--data', join(folder, 'root/few'), '--out', out, '--steps', String(STEPS)],
    ...['--checkpoint-every', '10', '--threads', '1', '--seed', '3', '--no-tensorboard'],
  ]
  const start = () => {
    const worker = startWorker(nats.url, ['--data', join(folder, 'root'), '--lease', String(LEASE)])
    workers.push(worker)
    return worker
  }
  beforeAll(async () => {
    write(folder, 'mine.ts', tinyProgram())
    await writeFewImages(join(folder, 'root'), 'few', { train: 200, test: 40 })
    nats = await startNats()
  })
  afterAll(async () => {
    for (const { child } of workers) child.kill('SIGKILL')
    await nats.remove()
  })

  it('that are killed again and again leave the bits of one machine', async () => {
    expect(await hebb(words('whole'), folder)).toMatchObject({ code: 0 })
    let current = [start(), start()]
    const { ended } = startHebb([...words('far'), '--on', nats.url, '--layers-on', '2'], folder)
    for (let kill = 0; kill < 6; kill++) {
      const isOver = await Promise.race([ended.then(() => true), setTimeout(1500 + ((kill * 7919) % 2500))])
      if (isOver === true) break
      current[0]?.child.kill('SIGKILL')
      current = [...current.slice(1), start()]
    }
    expect(await ended).toMatchObject({ code: 0 })
    const bits = (run: string) => readFileSync(join(folder, run, 'checkpoint.safetensors'))
    expect(bits('far').equals(bits('whole'))).toBe(true)
  })

  it('that are told to stop give their groups back at once, and end with 0', async () => {
    for (const { child } of workers) child.kill('SIGKILL')
    const [stopped] = [start(), start()]
    const { ended } = startHebb([...words('given'), '--on', nats.url, '--layers-on', '2'], folder)
    await stopped.says(': begun')
    stopped.child.kill('SIGTERM')
    const next = start()
    expect(await stopped.ended).toBe(0)
    expect(stopped.said()).toMatch(/ of tiny: given back after step \d+\n/)
    expect(await ended).toMatchObject({ code: 0 })
    await next.says(/ of tiny: done\n/)
    const bits = (run: string) => readFileSync(join(folder, run, 'checkpoint.safetensors'))
    expect(bits('given').equals(bits('whole'))).toBe(true)
  })
})
