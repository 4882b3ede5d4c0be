import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { connectServer } from '../../runtime/hosts/server.ts'
import { readMetrics } from '../../runtime/files/metrics.ts'
import { readSafetensors } from '../../runtime/files/safetensors.ts'
import { ONE_KEYPRESS_MS } from '../../bin/signals.mjs'
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

describe.skipIf(lacksNats('layers on hosts'))(
  'hebb train --layers-on that is stopped',
  { timeout: 150_000 },
  () => {
    const folder = newFolder()
    let nats: TestServer
    beforeAll(async () => {
      write(folder, 'mine.ts', tinyProgram())
      await writeFewImages(join(folder, 'root'), 'few', { train: 200, test: 40 })
      mkdirSync(join(folder, 'empty'))
      nats = await startNats()
    })
    afterAll(() => nats.remove())

    /** Trains in two groups, and hears what is said. */
    const begin = (out: string, server: TestServer = nats, ...flags: string[]) => {
      const running = startHebb(
        [
          ...['train', 'mine.ts', '--data', join(folder, 'root/few'), '--out', out, '--steps', '100000'],
          ...['--checkpoint-every', '10', '--threads', '1', '--seed', '3', '--no-tensorboard', ...flags],
          ...['--on', server.url, '--layers-on', '2'],
        ],
        folder,
      )
      // One that a failure has left would take the workers of the next test.
      onTestFinished(() => {
        running.child.kill('SIGKILL')
      })
      let said = ''
      running.child.stderr?.on('data', (text: string) => (said += text))
      const says = async (what: RegExp) => {
        while (!what.test(said)) {
          if (running.child.exitCode !== null)
            throw new Error(`it ended before it said ${String(what)}: ${said}`)
          await setTimeout(50)
        }
      }
      return { ...running, says }
    }
    const left = async (server: TestServer) => {
      const { manager, close } = await connectServer({ url: server.url, name: 'test' })
      const streams = await manager.streams.names().next()
      await close()
      return streams.filter((name) => /layers|files/.test(name))
    }
    const stepOf = (out: string) =>
      Number(readSafetensors(join(folder, out, 'checkpoint.safetensors')).metadata.step)

    it('waits for nobody where a group was never taken, and leaves nothing on the server', async () => {
      const { child, ended, says } = begin('never')
      await says(/no worker for cpu is there: hebb work --on nats:\S+ --provider cpu --data FOLDER/)
      child.kill('SIGINT')
      const { code, stdout, stderr } = await ended
      expect(stderr).toMatch(/nobody has .* of tiny: what was done after step 0 is left out/)
      expect(stdout).toMatch(/^stopped before the first step of 100000 in [^;]+$/m)
      expect({ code, left: await left(nats) }).toEqual({ code: 130, left: [] })
    })

    it('says where no worker has the images, as a sweep does', async () => {
      const worker = startWorker(nats.url, ['--data', join(folder, 'empty'), '--jobs', '2'])
      const { child, ended, says } = begin('lacking')
      await says(/no worker has fashion-mnist with the images of this training: put it below its --data/)
      child.kill('SIGINT')
      expect(await ended).toMatchObject({ code: 130 })
      worker.child.kill('SIGTERM')
      await worker.ended
    })

    it('stands at the last checkpoint of all where the worker of a group is lost', async () => {
      const worker = startWorker(nats.url, ['--data', join(folder, 'root'), '--jobs', '2'])
      const { child, ended, says } = begin('lost', nats, '--log', 'json')
      await says(/"event":"checkpoint"/)
      worker.child.kill('SIGKILL')
      child.kill('SIGINT')
      const { code, stdout, stderr } = await ended
      const step = stepOf('lost')
      expect(step > 0 && step % 10 === 0).toBe(true)
      expect(stderr).toMatch(
        new RegExp(`which has .* of tiny, does not answer: what was done after step ${step} is left out`),
      )
      // Steps that are left out have lines, too, which go when the run is gone on with.
      const stands = readMetrics(join(folder, 'lost/metrics.jsonl')).find((line) => line.step === step)
      const told: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
      expect(told).toMatchObject({ event: 'stopped', step, losses: stands?.losses })
      expect({ code, left: await left(nats) }).toEqual({ code: 130, left: [] })
    })

    it('names what it leaves on a server that is away, and removes it when it is gone on with', async () => {
      const other = await startNats()
      const { child, ended, says } = begin('away', other, '--log', 'json')
      await says(/no worker for cpu is there/)
      await other.kill()
      await says(/"event":"lost","message":"the server is gone/)
      // Stopped while records of groups are about to be asked for again.
      await says(/the server: timeout; it is asked again/)
      child.kill('SIGINT')
      const { code, stderr } = await ended
      expect(stderr).toMatch(/the server does not answer: what was done after step 0 is left out/)
      expect(stderr).toMatch(
        /hebb-layers-[0-9a-f]+, hebb-files-[0-9a-f]+ and records of this training may be left/,
      )
      expect(code).toBe(130)
      await other.start()
      expect(await left(other)).toHaveLength(2)
      const again = begin('away', other, '--resume')
      await again.says(/no worker for cpu is there/)
      again.child.kill('SIGINT')
      await again.ended
      expect(await left(other)).toEqual([])
      await other.remove()
    })

    it('ends at once at the second Ctrl-C', async () => {
      const { child, ended, says } = begin('twice')
      await says(/no worker for cpu is there/)
      child.kill('SIGINT')
      await says(/Ctrl-C again stops at once/)
      await setTimeout(ONE_KEYPRESS_MS + 500)
      child.kill('SIGINT')
      const { code, stderr } = await ended
      expect(code).not.toBe(0)
      expect(stderr).not.toMatch(/is left out/)
    })
  },
)

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
