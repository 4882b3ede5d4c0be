import { spawn } from 'node:child_process'
import { on, once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ImageRoot } from '../../runtime/hosts/find-images.ts'
import { RECORD_BUCKET } from '../../runtime/hosts/names.ts'
import { openWorkers } from '../../runtime/hosts/run-records.ts'
import { connectServer, type Server } from '../../runtime/hosts/server.ts'
import { publishTask, type Taken } from '../../runtime/hosts/work.ts'
import { Bundles } from '../../src/cli/work/bundles.ts'
import { Presence } from '../../src/cli/work/presence.ts'
import { takeRun } from '../../src/cli/work/take-run.ts'
import type { Worker } from '../../src/cli/work/worker.ts'
import { writeFewImages } from '../support/few-images.ts'
import { lacksNats, startNats, type TestServer } from '../support/nats-server.ts'
import { publishRun, type Published } from '../support/publish-run.ts'
import { startWorker, type RunningWorker } from '../support/worker.ts'
import { hebb, hebbAlone, newFolder, packaged, tinyProgram, write } from './run-hebb.ts'

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
    [['--on', 'http://a', '--data', '.'], /'http:\/\/a' is invalid: it must be nats:\/\/host:4222/],
    [['--on', 'foo:secret@//me:secret@a', '--data', '.'], /'foo:secret@\/\/…@a' is invalid/],
  ])('refuses %j', async (words, problem) => {
    expect(await hebb(['work', ...words])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(problem) as string,
    })
  })

  it('says what is wrong with a server and a folder', async () => {
    expect(await hebb(['work', '--on', 'nats://127.0.0.1:1', '--data', '.'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Start one: nats-server -js') as string,
    })
    expect(await hebb(['work', '--on', 'nats://127.0.0.1:1', '--data', 'nowhere'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no folder nowhere\n {2}looked for \/.*nowhere\n/) as string,
    })
    const image = write(newFolder(), 'images', '')
    expect(await hebb(['work', '--on', 'nats://127.0.0.1:1', '--data', image])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        `FileError: cannot read ${image}: it is a file, not a folder`,
      ) as string,
    })
    // Before there is a connection, which would keep the process.
    const file = write(newFolder(), 'a-file', '')
    const scratch = ['--data', '.', '--scratch', file]
    expect(await hebb(['work', '--on', 'nats://127.0.0.1:1', ...scratch])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`FileError: cannot write ${file}`) as string,
    })
  })

  /** Whether a process listens to what stops it, as Linux tells it. Node.js listens to SIGTERM by itself, and not to this one. */
  const hears = (pid: number | undefined) => {
    const [, caught = '0'] =
      /^SigCgt:\s*(\w+)$/m.exec(readFileSync(`/proc/${pid ?? ''}/status`, 'utf8')) ?? []
    return (BigInt(`0x${caught}`) & (1n << BigInt(constants.signals.SIGHUP - 1))) !== 0n
  }
  it.runIf(process.platform === 'linux').each([[[]], [['--grace', '30']], [['--log', 'json']]])(
    'that is stopped while it is loaded ends with 0 %j',
    async (words) => {
      const { child, ended, said } = startWorker('nats://127.0.0.1:1', ['--data', '.', ...words])
      while (!hears(child.pid)) await setTimeout(1)
      child.kill('SIGTERM')
      expect(await ended, said()).toBe(0)
    },
  )

  it('ends before it takes anything where it could run nothing', async () => {
    const words = [
      'work',
      '--on',
      'nats://127.0.0.1:1',
      '--data',
      '.',
      '--provider',
      'cuda',
      '--devices',
      '15',
    ]
    const { code, stderr } = await hebbAlone(words)
    expect(code).toBe(1)
    expect(stderr).toMatch(/WorkerError: nothing could be trained on GPU 15: /)
    expect(stderr).toContain('hebb doctor --provider cuda --device 15 says all that it found.')
    expect(stderr).not.toContain('ready')
  })
})

describe.skipIf(lacksNats('hebb work without rights'))('a worker that may not take work', () => {
  it('ends, and says what it lacks', async () => {
    const folder = newFolder()
    const deny = '{ publish: { deny: "$JS.API.CONSUMER.>" } }'
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
  })
})

const LEASE = 1
const STEPS = 200

describe.skipIf(lacksNats('hebb work'))('a worker', () => {
  const folder = newFolder()
  // As a sweep publishes them: pages are made where runs are fetched.
  const flags = {
    '--steps': String(STEPS),
    '--checkpoint-every': '4',
    '--keep': '2',
    '--labels': '1',
    '--probe-epochs': '1',
    '--no-report': '',
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
    const words = Object.entries(flags).map(([flag, value]) => (value === '' ? flag : `${flag}=${value}`))
    const places = ['--data', join(root, 'sets/few'), '--out', whole]
    expect(await hebb(['run', 'mine.ts', ...places, '--threads', '1', ...words], folder)).toMatchObject({
      code: 0,
    })
    nats = await startNats()
    server = await connectServer({ url: nats.url, name: 'test' })
  })
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
  const start = (
    words: readonly string[] = [],
    {
      data = root,
      place = scratch(),
      url = nats.url,
      env,
    }: { data?: string; place?: string; url?: string; env?: NodeJS.ProcessEnv } = {},
  ) => {
    const given = ['--data', data, '--lease', String(LEASE), '--scratch', place, ...words]
    const worker = startWorker(url, given, env)
    workers.push(worker)
    return { ...worker, place }
  }
  const publish = (change?: Parameters<typeof publishRun>[3]) => publishRun(server, whole, flags, change)

  const bits = (run: string, file: string) => readFileSync(join(run, file))
  /** That a run is what it is where nobody disturbs it. */
  const expectSame = async (run: Published) => {
    const made = newFolder()
    await run.collect(made)
    const kept = [STEPS - 4, STEPS].map((step) => `checkpoints/step-${step}.safetensors`)
    for (const file of ['checkpoint.safetensors', ...kept])
      if (existsSync(join(whole, file))) expect(bits(made, file).equals(bits(whole, file)), file).toBe(true)
    const losses = (of: string) =>
      bits(of, 'metrics.jsonl')
        .toString()
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { losses: unknown }).losses)
    expect(losses(made)).toEqual(losses(whole))
    expect(existsSync(join(made, 'probe.json'))).toBe(true)
  }

  /** As the system does where memory runs out; it may have ended just now. */
  const kill9 = (pid: number) => {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      return
    }
  }

  /** Another worker goes on. */
  const finish = async (run: Published) => {
    const next = start(['--once'])
    expect(await next.ended, next.said()).toBe(0)
    await expectSame(run)
  }

  /** The folders of runs that a worker makes, with the process of each. */
  const childrenOf = (place: string): { readonly seed: number; readonly pid: number }[] =>
    readdirSync(place).flatMap((name) =>
      readdirSync(join(place, name))
        .filter((each) => each.startsWith('run-'))
        .flatMap((each) => {
          try {
            const read = (file: string): unknown =>
              JSON.parse(readFileSync(join(place, name, each, 'run', file), 'utf8'))
            return [{ ...(read('run.json') as { seed: number }), ...(read('lock') as { pid: number }) }]
          } catch {
            // Not there yet, or not any more.
            return []
          }
        }),
    )

  describe('makes what is published, and trusts nothing of it:', () => {
    type Change = NonNullable<Parameters<typeof publishRun>[3]>
    const changes = {
      flag: (run) => ({ ...run, flags: { ...run.flags, '--out': '/etc/x' } }),
      moved: (run) => ({
        ...run,
        bundle: {
          ...run.bundle,
          files: run.bundle.files.map((file) => ({ ...file, path: `a/${file.path}` })),
        },
      }),
      identity: (run) => ({ ...run, bundle: { ...run.bundle, identity: 'a'.repeat(64) } }),
      file: (run) => ({
        ...run,
        files: run.bundle.files
          .slice(0, 1)
          .map(({ sha256, bytes }) => ({ path: 'report.html', parts: [{ sha256, bytes }] })),
      }),
      over: (run) => ({ ...run, job: 'over' }),
    } satisfies Record<string, Change>
    const forged = new Map<string, Published>()
    let run: Published
    let worker: ReturnType<typeof start>

    beforeAll(async () => {
      run = await publish()
      await run.publishAgain()
      for (const [name, change] of Object.entries(changes)) forged.set(name, await publish(change))
      await (await server.bucket('hebb-records')).put('job.strange', '{"protocol": 2, "kind": "run"}')
      await publishTask(server, 'cpu', { record: 'job.strange' }, { id: 'strange' })
      // As a scheduler may start it, which sets no variable.
      worker = start(['--jobs', '2', '--idle-exit', '3'], { env: {} })
      expect(await worker.ended, worker.said()).toBe(0)
      await (await server.bucket('hebb-records')).purge('job.strange')
    })

    it('a run is made once, as hebb run does, however often it was published', async () => {
      expect(await run.get()).toMatchObject({
        ...{ state: 'done', step: STEPS, attempts: 1, failure: null },
        worker: expect.stringContaining(`-${worker.child.pid}-`) as string,
      })
      await expectSame(run)
      expect(worker.said()).toMatch(/^mine_seed=0: begun\n/m)
      expect(worker.said()).toMatch(/^mine_seed=0: done\n/m)
    })

    it('nothing of it is left here', () => {
      expect(readdirSync(worker.place)).toEqual([])
    })

    it.each([
      ['flag', '--out cannot go with a run to another host'],
      ['moved', 'no file of a bundle'],
      ['identity', 'its identity differs'],
      ['file', 'no file of a run'],
      ['over', 'the files of this job are not on the server any more'],
    ])('what is wrong is refused, and told: %s', async (name, problem) => {
      expect(await forged.get(name)?.get()).toMatchObject({ state: 'failed' })
      expect((await forged.get(name)?.get())?.failure).toContain(problem)
    })

    it('what is none of ours is told, and left alone', () => {
      expect(worker.said()).toContain('the record job.strange on the server')
    })

    it('a job that is over has no store again', async () => {
      const streams = await server.manager.streams.list().next()
      expect(streams.map(({ config }) => config.name)).not.toContain('OBJ_hebb-files-over')
    })
  })

  it('that is killed, however often, loses nothing: others go on to the same bits', async () => {
    const run = await publish()
    const place = scratch()
    for (let kills = 0; kills < 3; kills++) {
      const { step, state } = await run.get()
      if (state === 'done') break
      const worker = start([], { place })
      await run.until((now) => now.step > step || now.state === 'done')
      await setTimeout(Math.random() * 300)
      worker.child.kill('SIGKILL')
      await worker.ended
    }
    // Where the run is done already, it only clears away what those before have left.
    const { state } = await run.get()
    const last = start(['--once', '--idle-exit', state === 'done' ? '1' : '60'], { place })
    expect(await last.ended, last.said()).toBe(0)
    expect(await run.get()).toMatchObject({ state: 'done', step: STEPS })
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

  it('that is stopped by a signal gives its run back with a checkpoint, and ends with 0; so does one that Slurm starts', async () => {
    const run = await publish()
    /** A signal may have come too late to shorten the run. */
    const expectGivenBack = async (before: number) => {
      const { state, step } = await run.get()
      if (state === 'done') return
      expect(state).toBe('waiting')
      expect(step).toBeGreaterThan(before)
    }
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const { step: before } = await run.get()
      const worker = start(['--grace', '60', '--idle-exit', '5'])
      // It hears signals from now on; the run may be done by the one before.
      await worker.says('ready for work')
      await run.until(({ step, state }) => step > before || state === 'done')
      worker.child.kill(signal)
      expect(await worker.ended, worker.said()).toBe(0)
      await expectGivenBack(before)
    }
    const { step: before } = await run.get()
    const command = write(newFolder(), 'hebb', `#!/bin/sh\nexec ${process.execPath} ${packaged} "$@"\n`)
    chmodSync(command, 0o755)
    const surroundings = { SERVER: nats.url, DATA: root, SCRATCH: scratch(), HEBB: command }
    const script = join(import.meta.dirname, '../../examples/slurm/work.sbatch')
    const job = spawn('bash', [script], {
      env: { ...process.env, ...surroundings, FLAGS: `--lease ${LEASE}` },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const ended = once(job, 'exit')
    for await (const said of on(job.stderr, 'data')) if (String(said).includes('ready for work')) break
    await run.until(({ step, state }) => step > before || state === 'done')
    job.kill('SIGUSR1')
    expect(await ended).toEqual([0, null])
    if ((await run.get()).state === 'done') await expectSame(run)
    else await finish(run)
  })

  it('whose server says nothing ends and says so; one that is stopped meanwhile ends with 0, and leaves nothing', async () => {
    const connections: Socket[] = []
    const silent = createServer((connection) => connections.push(connection)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const url = `nats://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const patient = start([], { url })
    await once(silent, 'connection')
    const stopped = start([], { url })
    await once(silent, 'connection')
    stopped.child.kill('SIGTERM')
    expect(await stopped.ended, stopped.said()).toBe(0)
    expect(stopped.said()).toBe('\nSIGTERM: Stopping.\n')
    expect(await patient.ended, patient.said()).toBe(1)
    expect(patient.said()).toMatch(
      /^ServerError: the NATS server at .*: timeout\n {2}Nothing there answers as a NATS server does/,
    )
    for (const { place } of [patient, stopped]) expect(readdirSync(place)).toEqual([])
    for (const connection of connections) connection.destroy()
    silent.close()
  })

  it('that is told to stop once it has found the images of a run leaves it to others, untaken', async () => {
    const run = await publish()
    const stop = new AbortController()
    const presence = await Presence.open(server, 'test', 'cpu', () => undefined)
    class FoundAtTheLast extends ImageRoot {
      override async find(...given: Parameters<ImageRoot['find']>) {
        const found = await super.find(...given)
        stop.abort()
        return found
      }
    }
    const place = newFolder()
    const worker: Worker = {
      ...{
        id: 'test',
        server,
        reach: { url: nats.url },
        provider: 'cpu',
        lease: 1000 * LEASE,
        folder: place,
      },
      records: await server.bucket(RECORD_BUCKET),
      images: new FoundAtTheLast(root),
      bundles: new Bundles(server, join(place, 'bundles'), {}),
      ...{ presence, stop: stop.signal, over: new AbortController().signal, again: {}, inHand: new Map() },
    }
    let givenBack = 0
    const taken: Taken = {
      ...{ task: { record: run.key }, sequence: 1, renew: () => undefined },
      acknowledge: () => Promise.resolve(),
      giveBack: () => (givenBack += 1),
    }
    expect(await takeRun(worker, { device: undefined }, run.key, taken)).toEqual({ kind: 'stopped' })
    expect(givenBack).toBe(1)
    expect(await run.get()).toMatchObject({ state: 'waiting', attempts: 0, worker: null })
    await presence.close()
    await finish(run)
  })

  it('that has no time left for a checkpoint says so, and others go on at once', async () => {
    const run = await publish()
    const worker = start(['--grace', '3'])
    await run.until(({ step }) => step >= 4)
    // It hears nothing of the signal.
    for (const { pid } of childrenOf(worker.place)) process.kill(pid, 'SIGSTOP')
    worker.child.kill('SIGTERM')
    expect(await worker.ended, worker.said()).toBe(0)
    expect(worker.said()).toContain('given back: there was no time left for a checkpoint (--grace)')
    expect(readdirSync(worker.place)).toEqual([])
    await finish(run)
    expect(await run.get()).toMatchObject({ attempts: 2, losses: 0 })
  })

  it('that is to stop waits a lease for a server that is gone, and others go on from what is there', async () => {
    const other = await startNats()
    const there = await connectServer({ url: other.url, name: 'test' })
    const run = await publishRun(there, whole, flags)
    const worker = start([], { url: other.url })
    await run.until(({ step }) => step >= 4)
    await other.kill()
    await worker.says('the server is gone')
    worker.child.kill('SIGTERM')
    expect(await worker.ended, worker.said()).toBe(0)
    expect(worker.said()).toMatch(/given back: the server has not answered for a lease/)
    expect(readdirSync(worker.place)).toEqual([])
    await other.start()
    const next = start(['--once'], { url: other.url })
    expect(await next.ended, next.said()).toBe(0)
    await expectSame(run)
    await there.close()
    await other.remove()
  })

  it('gives back what it has no images for, and says so', async () => {
    const run = await publish()
    const without = start([], { data: newFolder() })
    await without.says('which is not below --data')
    expect(await run.get()).toMatchObject({ state: 'waiting', attempts: 0 })
    const here = [...(await (await openWorkers(server)).all()).values()].map(({ value }) => value)
    expect(here).toContainEqual(expect.objectContaining({ lacks: ['fashion-mnist'], at: [] }))
    without.child.kill('SIGTERM')
    expect(await without.ended).toBe(0)
    await finish(run)
    expect(await run.get()).toMatchObject({ attempts: 1 })
  })

  it('a module below its folder is no data set', async () => {
    const trap = newFolder()
    writeFileSync(
      join(trap, 'few.mjs'),
      `import { writeFileSync } from 'node:fs'\nwriteFileSync('${join(trap, 'ran')}', '')\n`,
    )
    const run = await publish()
    const worker = start(['--idle-exit', '1'], { data: trap })
    expect(await worker.ended, worker.said()).toBe(0)
    expect(existsSync(join(trap, 'ran'))).toBe(false)
    expect((await run.get()).state).toBe('waiting')
    await (await server.bucket('hebb-records')).purge(run.key)
  })

  it('leaves a run alone that it cannot make, and makes others; the run has failed after some more tries', async () => {
    const large = await publish((run) => ({ ...run, seed: 7, name: 'large', faults: 3 }))
    const worker = start(['--log', 'json'])
    const isOver = new AbortController()
    const kill = async () => {
      while (!isOver.signal.aborted) {
        for (const { seed, pid } of childrenOf(worker.place)) if (seed === 7) kill9(pid)
        await setTimeout(20)
      }
    }
    const killing = kill()
    await large.until(({ faults }) => faults === 4)
    const small = await publish()
    await small.until(({ state }) => state === 'done')
    const { failure } = await large.until(({ state }) => state === 'failed')
    // It is told when it has been written.
    await worker.says(/"event":"ended".*"state":"failed"/)
    isOver.abort()
    await killing
    expect(failure).toMatch(/^SIGKILL ended it: .*\n5 workers in a row could not do it$/)
    const told = worker
      .said()
      .split('\n')
      .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []))
      .filter(({ event }) => event === 'ended')
    expect(told[0]).toMatchObject({
      name: 'large',
      state: 'waiting',
      why: expect.stringContaining('SIGKILL') as string,
    })
    expect(told.slice(1).map(({ name, state }) => `${String(name)} ${String(state)}`)).toContain(
      'large failed',
    )
    worker.child.kill('SIGTERM')
    expect(await worker.ended, worker.said()).toBe(0)
    await expectSame(small)
  })
})
