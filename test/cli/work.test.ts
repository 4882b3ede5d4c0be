import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWorkers } from '../../runtime/hosts/run-records.ts'
import { connectServer, type Server } from '../../runtime/hosts/server.ts'
import { writeFewImages } from '../support/few-images.ts'
import { lacksNats, startNats, type TestServer } from '../support/nats-server.ts'
import { publishRun, type Published } from '../support/publish-run.ts'
import { startWorker, type RunningWorker } from '../support/worker.ts'
import { executable, hebb, hebbAlone, newFolder, tinyProgram, write } from './run-hebb.ts'

describe('hebb work', () => {
  it.each([
    [['--data', '.'], /required option '--on <url>'/],
    [['--on', 'nats://a'], /required option '--data <folder>'/],
    [['--on', 'nats://a', '--data', '.', '--devices', '0'], /'--devices' is for --provider cuda/],
    [
      ['--on', 'nats://a', '--data', '.', '--provider', 'cuda', '--jobs', '2'],
      /'--jobs' is for --provider cpu/,
    ],
    [['--on', 'nats://a', '--data', '.', '--jobs', '0'], /must be a whole number from 1/],
  ])('refuses %j', async (words, problem) => {
    expect(await hebb(['work', ...words])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(problem) as string,
    })
  })

  it('says what is wrong with an address, a server and a folder', async () => {
    expect(await hebb(['work', '--on', 'http://a', '--data', '.'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not the address of a NATS server') as string,
    })
    expect(await hebb(['work', '--on', 'nats://127.0.0.1:1', '--data', '.'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Start one: nats-server -js') as string,
    })
    expect(await hebb(['work', '--on', 'nats://127.0.0.1:1', '--data', 'nowhere'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no folder nowhere') as string,
    })
  })
})

describe.skipIf(lacksNats('hebb work without rights'))('a worker that may not take work', () => {
  it('ends, and says what it lacks', async () => {
    const folder = newFolder()
    const deny = '{ publish: { deny: "$JS.API.STREAM.CREATE.hebb-work" } }'
    const config = write(
      folder,
      'nats.conf',
      `authorization { users: [{ user: me, password: mine, permissions: ${deny} }] }`,
    )
    const nats = await startNats('-c', config)
    try {
      const on = nats.url.replace('//', '//me:mine@')
      const { code, stderr } = await hebbAlone(['work', '--on', on, '--data', '.'], folder)
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringContaining('Permissions Violation for Publish') as string,
      })
      expect(stderr).not.toContain('mine@')
    } finally {
      await nats.remove()
    }
  }, 60_000)
})

const LEASE = 2

describe.skipIf(lacksNats('hebb work'))('a worker', { timeout: 240_000 }, () => {
  const folder = newFolder()
  const flags = {
    '--steps': '40',
    '--checkpoint-every': '4',
    '--keep': '2',
    '--labels': '1',
    '--probe-epochs': '1',
  }
  const workers: RunningWorker[] = []
  let nats: TestServer
  let server: Server

  /** Where runs go that are made without a server. */
  const whole = join(folder, 'whole')
  const root = join(folder, 'root')

  beforeAll(async () => {
    write(folder, 'mine.ts', tinyProgram())
    await writeFewImages(root, 'sets/few', { train: 200, test: 40 })
    const words = Object.entries(flags).map(([flag, value]) => `${flag}=${value}`)
    const given = [
      'run',
      'mine.ts',
      '--data',
      join(root, 'sets/few'),
      '--out',
      whole,
      '--threads',
      '1',
      ...words,
    ]
    expect(await hebb(given, folder)).toMatchObject({ code: 0 })
    nats = await startNats()
    server = await connectServer({ url: nats.url, name: 'test' })
  }, 120_000)
  afterAll(async () => {
    for (const { child } of workers) child.kill('SIGKILL')
    await server.close()
    await nats.remove()
  })

  const scratch = () => {
    const place = join(newFolder(), 'scratch')
    mkdirSync(place)
    return place
  }
  const start = (words: readonly string[] = [], data = root, place = scratch()) => {
    const given = ['--data', data, '--lease', String(LEASE), '--scratch', place, ...words]
    const worker = startWorker(nats.url, given)
    workers.push(worker)
    return { ...worker, place }
  }
  const publish = (change?: Parameters<typeof publishRun>[3]) => publishRun(server, whole, flags, change)

  const bits = (run: string, file: string) => readFileSync(join(run, file))
  /** That a run is what it is where nobody disturbs it. */
  const expectSame = async (run: Published) => {
    const made = newFolder()
    await run.collect(made)
    for (const file of [
      'checkpoint.safetensors',
      ...['36', '40'].map((step) => `checkpoints/step-${step}.safetensors`),
    ])
      if (existsSync(join(whole, file))) expect(bits(made, file).equals(bits(whole, file)), file).toBe(true)
    const losses = (of: string) =>
      bits(of, 'metrics.jsonl')
        .toString()
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { losses: unknown }).losses)
    expect(losses(made)).toEqual(losses(whole))
    expect(existsSync(join(made, 'probe.json'))).toBe(true)
    expect(existsSync(join(made, 'report.html'))).toBe(true)
  }

  /** Another worker goes on. */
  const finish = async (run: Published) => {
    const next = start(['--once'])
    expect(await next.ended, next.said()).toBe(0)
    await expectSame(run)
  }

  /** The same with what was given back in order; a signal may have come too late to shorten the run. */
  const goOn = async (run: Published) => {
    const { state, step, attempts } = await run.get()
    expect(attempts).toBe(1)
    expect(step).toBeGreaterThanOrEqual(4)
    if (state === 'done') await expectSame(run)
    else {
      expect(state).toBe('waiting')
      await finish(run)
    }
  }

  it('makes a run as hebb run does, and leaves nothing behind', async () => {
    const run = await publish()
    const worker = start(['--once'])
    expect(await worker.ended, worker.said()).toBe(0)
    expect(await run.get()).toMatchObject({
      state: 'done',
      step: 40,
      attempts: 1,
      worker: expect.stringContaining(`-${worker.child.pid}-`) as string,
      failure: null,
    })
    await expectSame(run)
    expect(readdirSync(worker.place)).toEqual([])
  })

  it('that is killed, however often, loses nothing: others go on to the same bits', async () => {
    const run = await publish()
    const place = scratch()
    for (let kills = 0; kills < 4; kills++) {
      const { step, state } = await run.get()
      if (state === 'done') break
      const worker = start([], root, place)
      await run.until((now) => now.step > step || now.state === 'done')
      await setTimeout(Math.random() * 300)
      worker.child.kill('SIGKILL')
      await worker.ended
    }
    const last = start(['--once', '--idle-exit', '60'], root, place)
    expect(await last.ended, last.said()).toBe(0)
    expect(await run.get()).toMatchObject({ state: 'done', step: 40 })
    await expectSame(run)
    // Of those that were killed, too.
    expect(readdirSync(place)).toEqual([])
  })

  it('that is frozen for longer than its lease leaves its run to who has it now', async () => {
    const run = await publish()
    const frozen = start()
    await run.until(({ step }) => step >= 4)
    frozen.child.kill('SIGSTOP')
    const other = start(['--once'])
    expect(await other.ended, other.said()).toBe(0)
    expect(await run.get()).toMatchObject({ state: 'done', attempts: 2 })
    frozen.child.kill('SIGCONT')
    await frozen.says("another worker's now")
    frozen.child.kill('SIGTERM')
    expect(await frozen.ended).toBe(0)
    expect(readdirSync(frozen.place)).toEqual([])
    await expectSame(run)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'that is stopped by %s gives its run back with a checkpoint, and ends with 0',
    async (signal) => {
      const run = await publish()
      const worker = start(['--grace', '60'])
      await run.until(({ step }) => step >= 4)
      worker.child.kill(signal)
      expect(await worker.ended, worker.said()).toBe(0)
      await goOn(run)
    },
  )

  it('makes a run once that was published twice', async () => {
    const run = await publish()
    await run.publishAgain()
    const worker = start(['--jobs', '2', '--idle-exit', '8'])
    expect(await worker.ended, worker.said()).toBe(0)
    expect(await run.get()).toMatchObject({ state: 'done', attempts: 1 })
  })

  it('gives back what it has no images for, and says so', async () => {
    const run = await publish()
    const without = start([], newFolder())
    await without.says('which is not below --data')
    expect(await run.get()).toMatchObject({ state: 'waiting', attempts: 0 })
    const here = [...(await (await openWorkers(server)).all()).values()].map(({ value }) => value)
    expect(here).toContainEqual(expect.objectContaining({ lacks: ['fashion-mnist'], at: [] }))
    without.child.kill('SIGTERM')
    expect(await without.ended).toBe(0)
    const with_ = start(['--once'])
    expect(await with_.ended, with_.said()).toBe(0)
    expect(await run.get()).toMatchObject({ state: 'done', attempts: 1 })
  })

  it('whose process of a run is killed has it made again from its last checkpoint', async () => {
    const run = await publish()
    const worker = start(['--once', '--log', 'json'])
    await run.until(({ step }) => step >= 4)
    const [name = ''] = readdirSync(worker.place)
    const [place = ''] = readdirSync(join(worker.place, name)).filter((each) => each.startsWith('run-'))
    const lock = JSON.parse(readFileSync(join(worker.place, name, place, 'run/lock'), 'utf8')) as {
      pid: number
    }
    process.kill(lock.pid, 'SIGKILL')
    await worker.ended
    expect(await run.get()).toMatchObject({ state: 'waiting', faults: 1 })
    expect(worker.said()).toContain('SIGKILL ended it')
    await finish(run)
  })

  it('that Slurm starts and stops, by the script of the examples, gives back what it has', async () => {
    const run = await publish()
    const hebb = write(newFolder(), 'hebb', `#!/bin/sh\nexec ${process.execPath} ${executable} "$@"\n`)
    chmodSync(hebb, 0o755)
    const surroundings = { SERVER: nats.url, DATA: root, SCRATCH: scratch(), HEBB: hebb, FLAGS: '--lease 2' }
    const script = join(import.meta.dirname, '../../examples/slurm/work.sbatch')
    const job = spawn('bash', [script], { env: { ...process.env, ...surroundings }, stdio: 'ignore' })
    const ended = once(job, 'exit')
    await run.until(({ step }) => step >= 4)
    job.kill('SIGUSR1')
    expect(await ended).toEqual([0, null])
    await goOn(run)
  })

  describe('trusts no record:', () => {
    const refused = async (change: Parameters<typeof publishRun>[3]) => {
      const run = await publish(change)
      const worker = start(['--once'])
      expect(await worker.ended, worker.said()).toBe(0)
      expect(readdirSync(worker.place)).toEqual([])
      return (await run.get()).failure
    }

    it('a flag that names a path is refused', async () => {
      expect(await refused((run) => ({ ...run, flags: { ...run.flags, '--out': '/etc/x' } }))).toMatch(
        '--out cannot go with a run to another host',
      )
    })

    it('a bundle with a file of another name is refused', async () => {
      const moved = await refused((run) => ({
        ...run,
        bundle: {
          ...run.bundle,
          files: run.bundle.files.map((file) => ({ ...file, path: `a/${file.path}` })),
        },
      }))
      expect(moved).toContain('no file of a bundle')
    })

    it('a bundle that is another one is refused', async () => {
      const other = await refused((run) => ({ ...run, bundle: { ...run.bundle, identity: 'a'.repeat(64) } }))
      expect(other).toContain('its identity differs')
    })

    it('a file that no run has is refused', async () => {
      const strange = await refused((run) => ({
        ...run,
        files: run.bundle.files
          .slice(0, 1)
          .map(({ sha256, bytes }) => ({ path: 'bundle/x.onnx', parts: [{ sha256, bytes }] })),
      }))
      expect(strange).toContain('no file of a run')
    })

    it('a module below its folder is no data set', async () => {
      const trap = newFolder()
      writeFileSync(
        join(trap, 'few.mjs'),
        `import { writeFileSync } from 'node:fs'\nwriteFileSync('${join(trap, 'ran')}', '')\n`,
      )
      const run = await publish()
      const worker = start(['--idle-exit', '1'], trap)
      expect(await worker.ended, worker.said()).toBe(0)
      expect(existsSync(join(trap, 'ran'))).toBe(false)
      expect((await run.get()).state).toBe('waiting')
      await remove(run)
    })

    it('what is none of ours is told, and left alone', async () => {
      const bucket = await server.bucket('hebb-records')
      await bucket.put('job.strange', '{"protocol": 2, "kind": "run"}')
      const { publishTask } = await import('../../runtime/hosts/work.ts')
      await publishTask(server, 'cpu', { record: 'job.strange' }, { id: 'strange' })
      const worker = start(['--idle-exit', '3'])
      await worker.says('the record job.strange on the server')
      expect(await worker.ended).toBe(0)
      await bucket.purge('job.strange')
    })
  })

  /** Of no interest to later tests. */
  async function remove(run: Published): Promise<void> {
    await (await server.bucket('hebb-records')).purge(run.key)
  }
})
