import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { writeImages } from '../../bench/torture/images.ts'
import { putBytes, storeOf } from '../../runtime/hosts/files.ts'
import { fileBucket, WORK_STREAM } from '../../runtime/hosts/names.ts'
import { openRuns, openWorkers } from '../../runtime/hosts/run-records.ts'
import { connectServer, type Server } from '../../runtime/hosts/server.ts'
import { readSweep } from '../../src/cli/sweep/record.ts'
import { present } from '../../src/base/lists.ts'
import { without } from '../../src/base/without.ts'
import { sweptProgram } from '../support/swept-program.ts'
import { lacksNats, startNats, type TestServer } from '../support/nats-server.ts'
import { eventsOf } from './events-of.ts'
import { hebb, hebbAlone, newFolder, startHebb, write, type Running } from './run-hebb.ts'
import type { RunJob } from '../../runtime/hosts/run-job.ts'

/** A sweep over a server is the sweep of one machine. */

const folder = newFolder()
const at = (...names: readonly string[]) => join(folder, ...names)
const sweep = (out: string, ...more: readonly string[]) => [
  ...['sweep', 'mine.ts', '--data', 'few', '--out', out, '--steps', '6', '--threads', '1'],
  ...['--probe-epochs', '1', '--labels', '1', ...more],
]
const withSteps = (words: readonly string[], steps: number): string[] =>
  words.map((word, i) => (words[i - 1] === '--steps' ? String(steps) : word))
const metrics = z.record(z.string(), z.unknown())
const ofTheMachine = ['time', 'milliseconds', 'imagesPerSecond', 'memory', 'graphs'] as const

/** What a run has come to, but for the time and the memory that it took. */
function figuresOf(out: string, name: string): object {
  const read = (file: string) => readFileSync(at(out, name, file))
  const lines = read('metrics.jsonl').toString().trim().split('\n')
  return {
    files: readdirSync(at(out, name)).filter((file) => !file.startsWith('events.')),
    checkpoint: read('checkpoint.safetensors').toString('base64'),
    bundle: readdirSync(at(out, name, 'bundle')),
    probe: read('probe.json').toString(),
    metrics: lines.map((line) => without(metrics.parse(JSON.parse(line)), ...ofTheMachine)),
  }
}

/** The same line of a sweep's table, but for the folder and the time, and for who has made the run, which one machine does not say. */
const rowsOf = (out: string) =>
  readFileSync(at(out, 'sweep.csv'), 'utf8')
    .split('\r\n')
    .map((row) =>
      row
        .replace(/^[^,]*/, '')
        .replace(/,(worker,attempts|[\w-]+-\d+-[0-9a-f]{6},1)$/, '')
        .replace(/,[^,]*$/, ''),
    )

/** What a run has said of its probes: the rest has times, and the paths of whoever has made it. */
const saidOf = (out: string, name: string) =>
  /^probing raw [^]* of frozen features\.$/m.exec(readFileSync(at(out, `${name}.log`), 'utf8'))?.[0]

beforeAll(async () => {
  await writeImages(at('few'))
  write(folder, 'mine.ts', sweptProgram)
})

describe('without --on', () => {
  test.each([
    ['hebb sweep', sweep('alone', '--no-report')],
    [
      'hebb train',
      ['train', 'mine.ts', '--data', 'few', '--out', 'trained', '--steps', '2', '--threads', '1'],
    ],
  ])('%s loads nothing of NATS', async (_what, words) => {
    const list = at(`loaded-${words[0] ?? ''}`)
    const hook = fileURLToPath(new URL('../support/loaded.mjs', import.meta.url))
    const env = { NODE_OPTIONS: `--import=${hook}`, LOADED_MODULES: list }
    const { code, stderr } = await startHebb(words, folder, env).ended
    expect(code, stderr).toBe(0)
    const loaded = readFileSync(list, 'utf8').split('\n')
    expect(loaded.length).toBeGreaterThan(100)
    expect(loaded.filter((url) => /nats|runtime\/hosts\/|sweep\/hosts\//i.test(url))).toEqual([])
  })

  test.each([
    [['--creds', 'x'], '--creds is for --on'],
    [['--no-watch'], '--no-watch is for --on'],
  ])('%j is a mistake of usage', async (more, problem) => {
    const { code, stderr } = await hebb(sweep('usage', ...more), folder)
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(problem) as string })
  })

  test('what is watched was published', async () => {
    expect(await hebb(['sweep', '--watch', '--out', 'nowhere'], folder)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^SweepError: nowhere holds no sweep\n/) as string,
    })
    expect(existsSync(at('nowhere'))).toBe(false)
    const { code, stderr } = await hebb(['sweep', '--watch', '--out', 'alone', '--epochs', '3'], folder)
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('--epochs is of a sweep') as string,
    })
  })

  test('a server that is not there is told, and nothing is begun', async () => {
    const { code, stderr } = await hebb(sweep('unreachable', '--on', 'nats://127.0.0.1:1'), folder)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^ServerError: the NATS server at nats:\/\/127\.0\.0\.1:1: /m)
    expect(existsSync(at('unreachable'))).toBe(false)
  })
})

describe.skipIf(lacksNats('a sweep over a server'))('over a server,', { timeout: 180_000 }, () => {
  let nats: TestServer
  let server: Server
  const on = () => ['--on', nats.url]
  const running: Running[] = []
  const work = (): Running => {
    const worker = startHebb(['work', ...on(), '--data', folder, '--jobs', '2', '--lease', '3'], folder)
    running.push(worker)
    return worker
  }
  const left = async (job: string) => ({
    records: (await (await openRuns(server)).all(job)).size,
    store: (await server.manager.streams.names(`$O.${fileBucket(job)}.>`).next()).length,
  })
  const jobOf = (out: string) => present(readSweep(at(out))?.server, 'the server of a sweep').job
  const messages = async () => (await server.manager.streams.info(WORK_STREAM)).state.messages

  beforeAll(async () => {
    nats = await startNats()
    server = await connectServer({ url: nats.url, name: 'test' })
  })
  afterAll(async () => {
    for (const { child } of running) child.kill('SIGKILL')
    await server.close()
    await nats.remove()
  })

  test('each run is published once, however often the command is given', async () => {
    const url = nats.url.replace('//', '//me:secret@')
    const words = sweep('published', '--over', 'lr=0.01,0.02', '--no-report', '--on', url)
    for (const time of ['first', 'second']) {
      const { code, stdout, stderr } = await hebbAlone([...words, '--no-watch', '--log', 'json'], folder)
      expect(code, `${time}: ${stderr}`).toBe(0)
      expect(eventsOf(stdout)).toMatchObject([
        { event: 'published', sweep: 'published', url: nats.url, runs: 2 },
      ])
    }
    expect(readFileSync(at('published/sweep.json'), 'utf8')).not.toContain('secret')
    const records = await (await openRuns(server)).all(jobOf('published'))
    expect([...records.values()].map(({ value }) => value)).toMatchObject(
      ['0.01', '0.02'].map((lr) => ({
        name: `mine_lr=${lr}_seed=0`,
        state: 'waiting',
        steps: 6,
        threads: 1,
      })),
    )
    expect(await messages()).toBe(2)
  })

  test('and while it is there, the sweep is not made here as well', async () => {
    const { code, stderr } = await hebb(sweep('published', '--over', 'lr=0.01'), folder)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^SweepError: the runs of published are made by workers, on nats:/)
  })

  test('a run that has failed at a worker is told, and published again by the same command', async () => {
    const words = sweep('again', ...on(), '--no-watch')
    await hebb(words, folder)
    const runs = await openRuns(server)
    const [key, held] = present([...(await runs.all(jobOf('again')))][0], 'the run')
    const store = storeOf(await server.files(fileBucket(jobOf('again'))), key)
    const said = await putBytes(store, Buffer.from('\u001b[2Jbegun\nDataError: gone\n'))
    const failed = await runs.write(key, held.revision, {
      ...held.value,
      ...{ state: 'failed', failure: 'DataError: gone', said },
    })
    const watched = await hebb(['sweep', '--watch', '--out', 'again'], folder)
    expect(watched).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('mine_seed=0: DataError: gone') as string,
    })
    // What others have said clears no screen.
    const log = readFileSync(at('again/mine_seed=0.log'), 'utf8')
    expect(log).toBe('\\u001b[2Jbegun\nDataError: gone\n')
    expect(await hebb(words, folder)).toMatchObject({ code: 0 })
    expect((await runs.get(key))?.value).toEqual({ ...failed.value, state: 'waiting', failure: null })
    expect(await messages()).toBe(4)
  })

  test('a run of which it is only said that it is done is refused', async () => {
    await hebb(sweep('said', ...on(), '--no-watch'), folder)
    const runs = await openRuns(server)
    const [key, { value, revision }] = present([...(await runs.all(jobOf('said')))][0], 'the run')
    await runs.write(key, revision, { ...value, state: 'done' })
    const { code, stderr } = await hebb(['sweep', '--watch', '--out', 'said'], folder)
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^mine_seed=0: ServerError: what a worker calls mine_seed=0 is another run, or not all of it$/m,
      ) as string,
    })
    expect((await runs.get(key))?.value).toMatchObject({ state: 'failed', step: 0, files: [] })
    await hebb(['sweep', '--withdraw', '--out', 'said'], folder)
  })

  test('what was withdrawn before a worker took it goes on here, from where it was', async () => {
    const words = (out: string) => withSteps(sweep(out, '--checkpoint-every', '1', '--no-report'), 60)
    const { child, ended } = startHebb(words('back'), folder)
    while (!existsSync(at('back/mine_seed=0/checkpoint.safetensors'))) await setTimeout(5)
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 130 })
    expect(await hebb([...words('back'), ...on(), '--no-watch'], folder)).toMatchObject({ code: 0 })
    const job = jobOf('back')
    const log = readFileSync(at('back/mine_seed=0.log'), 'utf8')
    for (const name of ['mine_seed=0', 'mine_seed=0.log']) rmSync(at('back', name), { recursive: true })
    const gone = await hebb(['sweep', '--withdraw', '--out', 'back'], folder)
    expect(gone, gone.stderr).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^1 run of back taken from nats:.*\n1 of them from the last checkpoint, which is here now\n$/,
      ) as string,
    })
    expect(await left(job)).toEqual({ records: 0, store: 0 })
    expect(readFileSync(at('back/mine_seed=0.log'), 'utf8')).toBe(log)
    expect(await hebb(['sweep', '--withdraw', '--out', 'back'], folder)).toEqual({
      code: 0,
      stdout: 'no runs of back are on a server\n',
      stderr: '',
    })
    const further = await hebb(words('back'), folder)
    expect(further, further.stderr).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^mine_seed=0: goes on after step \d+$/m) as string,
    })
    expect(await hebb(words('whole'), folder)).toMatchObject({ code: 0 })
    expect(figuresOf('back', 'mine_seed=0')).toEqual(figuresOf('whole', 'mine_seed=0'))
  })

  test('comes to the files of one machine, and leaves nothing on the server', async () => {
    const axes = ['--over', 'lr=0.01,0.02', '--seeds', '2']
    const here = await hebb(sweep('here', ...axes, '--jobs', '2', '--no-report'), folder)
    expect(here).toMatchObject({ code: 0 })
    const worker = work()
    const { code, stdout, stderr } = await hebb(sweep('there', ...axes, '--no-report', ...on()), folder)
    expect(code, stderr).toBe(0)
    expect(stdout.replaceAll('there', 'here')).toMatch(/^Difference to tiny lr 0\.01 in points/m)
    for (const name of ['mine_lr=0.01_seed=0', 'mine_lr=0.02_seed=1'])
      expect(figuresOf('there', name)).toEqual(figuresOf('here', name))
    expect(rowsOf('there')).toEqual(rowsOf('here'))
    expect(stdout).toMatch(/^Made by workers\n\nrun +worker +attempts$/m)
    expect(stdout).toMatch(new RegExp(`^there/mine_lr=0.01_seed=0 +\\S+-${worker.child.pid}-\\w+ +1$`, 'm'))
    const { server: over, ...record } = present(readSweep(at('there')), 'the sweep')
    expect(over).toBeUndefined()
    expect({ ...record, runs: record.runs.map((run) => without(run, 'made')) }).toEqual(readSweep(at('here')))
    for (const { name, made } of record.runs) {
      expect(made).toEqual({
        worker: expect.stringContaining(`-${worker.child.pid}-`) as string,
        attempts: 1,
      })
      expect(saidOf('there', name)).toBe(present(saidOf('here', name), 'what was said of probes'))
      expect(readFileSync(at('there', `${name}.log`), 'utf8')).toContain(`\nthe run is in ${name}\n`)
    }
    expect(readFileSync(at('there/mine_lr=0.01_seed=0/run.json'), 'utf8')).toContain('"mine.ts"')
    const jobs = [...(await (await openRuns(server)).all()).values()].map(({ value }) => value.job)
    expect(new Set(jobs)).toEqual(new Set([jobOf('published'), jobOf('again')]))
  })

  test('what was published before is fetched by --watch', async () => {
    const job = jobOf('published')
    const { code, stderr } = await hebb(['sweep', '--watch', '--out', 'published', ...on()], folder)
    expect(code, stderr).toBe(0)
    expect(figuresOf('published', 'mine_lr=0.01_seed=0')).toEqual(figuresOf('here', 'mine_lr=0.01_seed=0'))
    expect(await left(job)).toEqual({ records: 0, store: 0 })
    // Everything is here: there is nothing to be watched any more.
    expect(await hebb(['sweep', '--watch', '--out', 'published'], folder)).toMatchObject({ code: 0 })
  })

  test('fewer seeds than were published fetch these, and leave the others', async () => {
    expect(
      await hebb(sweep('part', '--seeds', '2', '--no-report', ...on(), '--no-watch'), folder),
    ).toMatchObject({
      code: 0,
    })
    const { code, stderr } = await hebb(sweep('part', '--no-report', ...on()), folder)
    expect(code, stderr).toBe(0)
    expect(stderr).toContain('1 other run of the sweep on the server: hebb sweep --watch --out part')
    expect(await hebb(['sweep', '--watch', '--out', 'part'], folder)).toMatchObject({ code: 0 })
    expect(existsSync(at('part/mine_seed=1/checkpoint.safetensors'))).toBe(true)
    expect(readSweep(at('part'))?.server).toBeUndefined()
  })

  test('Ctrl-C stops watching, and no run', async () => {
    const words = withSteps(sweep('stopped', '--on', nats.url), 200)
    const { child, ended } = startHebb(words, folder)
    const runs = await openRuns(server)
    const isRunning = async () =>
      [...(await runs.all()).values()].some(({ value }) => value.state === 'running')
    while (!(await isRunning())) await setTimeout(50)
    const other = await hebb(['sweep', '--watch', '--out', 'stopped'], folder)
    expect(other.code).toBe(1)
    expect(other.stderr).toMatch(
      /: process \d+ of .*, watches a sweep there\n.*Ctrl-C there ends that, and no run/s,
    )
    child.kill('SIGINT')
    const { code, stdout, stderr } = await ended
    expect({ code, stdout, stderr }).toMatchObject({
      code: 130,
      stdout: 'the runs go on; hebb sweep --watch --out stopped shows them again, and fetches what is done\n',
    })
    expect(stderr).toContain('Watching stops, and no run. Ctrl-C again stops at once.')
    expect(stderr).toContain(`1 run on ${nats.url}; hebb sweep --watch --out stopped shows them`)
    expect(await hebb(['sweep', '--watch', '--out', 'stopped'], folder)).toMatchObject({ code: 0 })
    expect(existsSync(at('stopped/mine_seed=0/report.html'))).toBe(true)
  })

  test('a run that is withdrawn is made no further; what is done stays until it is fetched', async () => {
    const words = sweep('withdrawn', '--no-watch', '--seeds', '3', ...on())
    expect(await hebb(withSteps(words, 3000), folder)).toMatchObject({ code: 0 })
    const [runs, workers, job] = [await openRuns(server), await openWorkers(server), jobOf('withdrawn')]
    const inState = async (state: RunJob['state']) =>
      [...(await runs.all(job))].filter(([, { value }]) => value.state === state)
    while ((await inState('running')).length < 2) await setTimeout(20)
    const [key, held] = present((await inState('waiting'))[0], 'the third run')
    await runs.write(key, held.revision, { ...held.value, state: 'done' })
    const { code, stdout, stderr } = await hebb(['sweep', '--withdraw', '--out', 'withdrawn'], folder)
    expect(code, stderr).toBe(0)
    expect(stdout).toMatch(/^2 runs of withdrawn taken from nats:/)
    expect(stdout).toContain('1 run there still, done: hebb sweep --watch --out withdrawn fetches it')
    expect([...(await runs.all(job)).keys()]).toEqual([key])
    const isBusy = async () => [...(await workers.all()).values()].some(({ value }) => value.at.length > 0)
    while (await isBusy()) await setTimeout(20)
    await runs.remove(key)
    expect(await hebb(['sweep', '--withdraw', '--out', 'withdrawn'], folder)).toMatchObject({ code: 0 })
    expect(await left(job)).toEqual({ records: 0, store: 0 })
    expect(readSweep(at('withdrawn'))?.server).toBeUndefined()
  })

  test('a run that cannot be compiled fails alone; the same command goes on with what is left', async () => {
    const first = await hebbAlone(sweep('failing', '--over', 'lr=0.01,1000', '--no-report', ...on()), folder)
    expect(first.code).toBe(1)
    expect(first.stderr).toMatch(/^1 run failed:\nmine_lr=1000_seed=0: ShapeError: /m)
    expect(first.stdout).toMatch(/^global averages +tiny +1 +\d/m)
    write(folder, 'mine.ts', sweptProgram.replace('lr < 100 ? 7 : 5', '7'))
    const second = await hebbAlone(sweep('failing', '--over', 'lr=0.01,1000', '--no-report', ...on()), folder)
    write(folder, 'mine.ts', sweptProgram)
    expect(second, second.stderr).toMatchObject({ code: 0 })
  })

  test('a program that was changed meanwhile is refused, and nothing is written of its runs', async () => {
    const there = readFileSync(at('failing/sweep.json'), 'utf8')
    write(folder, 'mine.ts', sweptProgram.replace('conv(2)', 'conv(3)'))
    const more = ['--over', 'lr=0.01', '--seeds', '2', ...on()]
    const { code, stderr } = await hebbAlone(sweep('failing', ...more), folder)
    write(folder, 'mine.ts', sweptProgram)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^SweepError: mine\.ts is not the program any more/m)
    expect(readFileSync(at('failing/sweep.json'), 'utf8')).toBe(there)
  })

  test('runs that were broken off here are gone on with there, to the same bits', async () => {
    const words = (out: string) => withSteps(sweep(out, '--checkpoint-every', '1', '--no-report'), 60)
    const { child, ended } = startHebb(words('begun'), folder)
    while (!existsSync(at('begun/mine_seed=0/checkpoint.safetensors'))) await setTimeout(5)
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 130 })
    const notes = write(folder, 'begun/mine_seed=0/notes.txt', 'of somebody')
    const gone = await hebb([...words('begun'), ...on()], folder)
    expect(gone, gone.stderr).toMatchObject({ code: 0 })
    expect(gone.stderr).toMatch(/goes on after step \d+ by|made by \S+, step \d+ of 60/)
    rmSync(notes)
    expect(figuresOf('begun', 'mine_seed=0')).toEqual(figuresOf('whole', 'mine_seed=0'))
  })

  test('alignment is measured and pages are written where the programs are', async () => {
    const words = sweep('aligned', '--align', '--align-batches', '1', '--prometheus', 'a.prom', ...on())
    const { code, stdout, stderr } = await hebb(words, folder)
    expect(code, stderr).toBe(0)
    expect(stdout).toMatch(/cosine/i)
    expect(existsSync(at('aligned/mine_seed=0/alignment.json'))).toBe(true)
    expect(readFileSync(at('aligned/mine_seed=0/report.html'), 'utf8')).toContain('mine.ts')
    expect(readFileSync(at('a-mine_seed=0.prom'), 'utf8')).toMatch(
      /^hebb_finished\{run="aligned\/mine_seed=0"\} 1$/m,
    )
  })

  test('what a sweep was judged by may change: its runs are judged anew, here', async () => {
    const words = sweep('published', '--over', 'lr=0.01,0.02', '--no-report', ...on())
    const otherwise = words.map((word, i) => (words[i - 1] === '--labels' ? '2' : word))
    const { code, stderr } = await hebb(otherwise, folder)
    expect(code, stderr).toBe(0)
    expect(readFileSync(at('published/mine_lr=0.01_seed=0/probe.json'), 'utf8')).toContain('"labels": 2')
  })

  test.each([
    ['weights of this machine', ['--init', 'here/mine_lr=0.01_seed=0'], '--init cannot go with a run'],
    ['images of a module', ['--data', 'mine.ts#images'], 'mine.ts#images is a module'],
  ])('%s are refused', async (_what, more, problem) => {
    const words = sweep('refused', ...on())
    const given =
      more[0] === '--data'
        ? words.map((word) => (word === 'few' ? (more[1] ?? '') : word))
        : [...words, ...more]
    const { code, stderr } = await hebb(given, folder)
    expect(code).toBe(1)
    expect(stderr).toContain(problem)
    expect(existsSync(at('refused'))).toBe(false)
  })

  test('a server that goes away meanwhile is waited for', async () => {
    const words = withSteps(sweep('away', '--no-report', ...on()), 100)
    const { child, ended } = startHebb(words, folder)
    let said = ''
    child.stderr?.on('data', (text) => (said += String(text)))
    while (!said.includes('begun')) await setTimeout(20)
    await nats.kill()
    while (!said.includes('does not answer')) await setTimeout(20)
    await nats.start()
    const { code, stderr } = await ended
    expect(code, stderr).toBe(0)
    expect(stderr).toContain('the server is there again')
  })
})
