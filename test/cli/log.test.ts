import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { asksForJson } from '../../src/cli/log.ts'
import { writeFewImages } from '../support/few-images.ts'
import { eventsOf } from './events-of.ts'
import { hebbAlone, newFolder, startHebb, tinyProgram, write } from './run-hebb.ts'

/** `--log json`: whatever a command says is an object a line. */

const folder = newFolder()
const train = (out: string, ...more: readonly string[]) => [
  ...['train', 'mine.ts', '--data', 'few', '--out', out, '--threads', '1', '--log', 'json', ...more],
]

beforeAll(async () => {
  await writeFewImages(folder, 'few', { train: 60, test: 20 })
  write(
    folder,
    'mine.ts',
    `console.log('of mine\\nin two lines')\nprocess.stdout.write('616263', 'hex')\n${tinyProgram()}`,
  )
})

test('tells progress, checkpoints and the end of a training, and what a program prints', async () => {
  const { code, stdout, stderr } = await hebbAlone(train('run', '--steps', '4'), folder)
  expect(code, stderr).toBe(0)
  expect(eventsOf(stdout)).toMatchObject([
    { event: 'message', message: 'of mine\nin two lines' },
    { event: 'message', message: 'abc' },
    { event: 'trained', level: 'info', run: 'run', step: 4, totalSteps: 4, stopped: false },
  ])
  const told = eventsOf(stderr)
  expect(told).toContainEqual(
    expect.objectContaining({ event: 'progress', level: 'info', step: 4, totalSteps: 4, secondsLeft: 0 }),
  )
  const saved = told.filter((each) => each.event === 'checkpoint')
  expect(saved).toMatchObject([{ step: 3 }, { step: 4, path: join('run', 'checkpoint.safetensors') }])
})

test('tells mistakes as errors, those of the command line too, with the same exit codes', async () => {
  const [short, wrong] = await Promise.all([
    hebbAlone(['train', 'mine.ts', '--data', 'few', '--log', 'json'], folder),
    hebbAlone(train('other', '--epochs', 'many'), folder),
  ])
  expect(short.code).toBe(2)
  expect(eventsOf(short.stderr)).toMatchObject([{ event: 'usage', level: 'error' }, { event: 'message' }])
  expect(wrong.code).toBe(2)
  const [told] = eventsOf(wrong.stderr)
  expect(told).toMatchObject({ event: 'usage', level: 'error' })
  expect(told?.message).toContain("option '--epochs <number>' argument 'many' is invalid")
  const missing = await hebbAlone(['train', '--resume', '--out', 'none', '--log=json'], folder)
  expect(missing.code).toBe(1)
  expect(eventsOf(missing.stderr)).toMatchObject([{ event: 'error', level: 'error', name: 'RunError' }])
})

test('tells a signal, and the end that it came to', async () => {
  const { child, ended, until } = startHebb(
    train('stopped', '--steps', '100000', '--exit-zero-on-signal'),
    folder,
  )
  await until(() => existsSync(join(folder, 'stopped/metrics.jsonl')))
  child.kill('SIGTERM')
  const { code, stdout, stderr } = await ended
  expect(code, stderr).toBe(0)
  expect(eventsOf(stderr)).toContainEqual(
    expect.objectContaining({ event: 'signal', level: 'warning', signal: 'SIGTERM' }),
  )
  expect(eventsOf(stdout).at(-1)).toMatchObject({ event: 'stopped', stopped: true })
  expect(existsSync(join(folder, 'stopped/lock'))).toBe(false)
  // What is written down of a step says where it ran.
  const [line = ''] = readFileSync(join(folder, 'stopped/metrics.jsonl'), 'utf8').split('\n')
  expect(JSON.parse(line)).toMatchObject({ step: 1, device: 'cpu' })
})

test('tells what a run has come to in figures', async () => {
  const words = ['run', 'mine.ts', '--data', 'few', '--out', 'judged', '--steps', '2', '--threads', '1']
  const short = ['--probe-epochs', '1', '--labels', '1', '--no-report']
  const { code, stdout, stderr } = await hebbAlone([...words, ...short, '--log', 'json'], folder)
  expect(code, stderr).toBe(0)
  const judged = eventsOf(stdout).at(-1)
  expect(judged).toMatchObject({ event: 'judged', run: 'judged' })
  const found = z.object({
    encoders: z.array(z.object({ results: z.array(z.looseObject({ linear: z.number() })) })),
  })
  expect(found.parse(judged).encoders.length).toBeGreaterThan(0)
})

test('tells what is written past hebb, and a process that somebody kills', async () => {
  write(
    folder,
    'raw.ts',
    `import { writeSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
writeSync(1, 'raw\\n{"time": 1}\\n')
execFileSync('sh', ['-c', 'echo inherited >&2'], { stdio: 'inherit' })
${tinyProgram()}`,
  )
  const words = ['train', 'raw.ts', '--data', 'few', '--out', 'raw', '--steps', '100000', '--log', 'json']
  const { child, ended, until } = startHebb([...words, '--checkpoint-every', '1'], folder)
  await until(() => existsSync(join(folder, 'raw/checkpoint.safetensors')))
  const worker = Number(readFileSync(`/proc/${child.pid ?? ''}/task/${child.pid ?? ''}/children`, 'utf8'))
  process.kill(worker, 'SIGKILL')
  const { code, stdout, stderr } = await ended
  expect(code).toBe(137)
  expect(eventsOf(stdout)).toMatchObject([{ message: 'raw' }, { message: '{"time": 1}' }])
  const told = eventsOf(stderr)
  expect(told).toContainEqual(expect.objectContaining({ event: 'message', message: 'inherited' }))
  expect(told.at(-1)).toMatchObject({ event: 'error', level: 'error' })
  expect(told.at(-1)?.message).toMatch(/^hebb was killed \(SIGKILL\): .*; /)
})

test('is asked for by the words alone, before they are read', () => {
  expect(asksForJson(['train', '--log', 'json'])).toBe(true)
  expect(asksForJson(['train', '--log=json'])).toBe(true)
  expect(asksForJson(['train', '--log', 'text'])).toBe(false)
  expect(asksForJson(['train', 'json', '--log'])).toBe(false)
})
