import { spawn, spawnSync, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { withSafetensors } from '../../runtime/files/safetensors.ts'
import { writeTinyBundle, writeTinyDataset } from '../runtime/tiny-bundle.ts'
import { executable, newFolder, packaged, write } from './run-hebb.ts'

/** What surrounds the process: its streams, its environment, the folder that it is started in. */

const folder = newFolder()
beforeAll(() => {
  writeTinyBundle(join(folder, 'bundle'))
  writeTinyDataset(join(folder, 'data'))
})

interface Surroundings {
  readonly cwd?: string
  readonly stdio?: StdioOptions
  readonly env?: Readonly<Record<string, string>>
  readonly command?: string
}

const run = (
  args: readonly string[],
  { cwd = folder, stdio = 'pipe', env = {}, command = packaged }: Surroundings = {},
) =>
  spawnSync(process.execPath, [command, ...args], {
    ...{ cwd, stdio, encoding: 'utf8' },
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', ...env },
  })

const train = (out: string, ...more: string[]) => [
  ...['train', 'bundle', '--data', 'data', '--out', out, '--steps', '3', '--threads', '1'],
  ...more,
]
const steps = (out: string) =>
  readFileSync(join(folder, out, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n').length

test('a run leaves nothing outside its folder', () => {
  const places = ['HOME', 'TMPDIR', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME']
  const env = Object.fromEntries(places.map((name) => [name, join(folder, 'outside', name)]))
  for (const place of Object.values(env)) mkdirSync(place, { recursive: true })
  // A clone translates its sources, and must not keep them there.
  expect(run(train('alone'), { env, command: executable }).status).toBe(0)
  expect(steps('alone')).toBe(3)
  const left = readdirSync(join(folder, 'outside'), { recursive: true, encoding: 'utf8' })
  expect(left.filter((name) => !places.includes(name))).toEqual([])
})

test.each([
  ['TMPDIR', { TMPDIR: '/nowhere' }],
  ['HOME', { HOME: '/nowhere', XDG_CACHE_HOME: '/nowhere' }],
])('a run needs no %s', (name, env) => {
  expect(run(train(`without-${name}`), { env, command: executable }).status).toBe(0)
})

const full = '/dev/full'
describe.runIf(process.platform === 'linux')('a stream that cannot be written', () => {
  const withFull = (stream: 1 | 2, args: readonly string[]) => {
    const descriptor = openSync(full, 'w')
    const stdio: StdioOptions = [
      'ignore',
      stream === 1 ? descriptor : 'pipe',
      stream === 2 ? descriptor : 'pipe',
    ]
    try {
      return run(args, { stdio })
    } finally {
      closeSync(descriptor)
    }
  }

  test.each([1, 2] as const)('costs training no step (%i)', (stream) => {
    expect(withFull(stream, train(`full-${stream}`)).status).toBe(0)
    expect(steps(`full-${stream}`)).toBe(3)
  })

  test('since nobody reads it holds up no step and no checkpoint', async () => {
    const words = train('unread', '--checkpoint-every', '1')
    // The pipe is full before the command starts.
    const line = '{ head -c 65536 /dev/zero >&2; exec "$@"; } 2>&1 >unread.txt | sleep 30'
    const args = ['-c', line, 'sh', process.execPath, packaged, ...words]
    const shell = spawn('sh', args, { cwd: folder, stdio: 'ignore', detached: true })
    const checkpoint = join(folder, 'unread/checkpoint.safetensors')
    const step = () =>
      existsSync(checkpoint) ? withSafetensors(checkpoint, ({ metadata }) => metadata.step) : 'none'
    try {
      await vi.waitUntil(() => step() === '3', { timeout: 50_000, interval: 100 })
    } finally {
      process.kill(-(shell.pid ?? 0), 'SIGKILL')
    }
  })

  test('that nobody reads any more keeps no program that hangs alive', async () => {
    write(folder, 'loop.ts', 'for (;;);\nexport default 1\n')
    const words = ['inspect', '--locality', '--timeout', '1', 'loop.ts']
    const line = '{ exec "$@"; } 2>&1 >/dev/null | true'
    const args = ['-c', line, 'sh', process.execPath, packaged, ...words]
    const shell = spawn('sh', args, { cwd: folder, stdio: 'ignore', detached: true })
    // The shell waits for both.
    await once(shell, 'exit')
  })

  test('is told, exit code 1, where what is printed is the result', () => {
    const { status, stderr } = withFull(1, ['inspect', 'bundle'])
    expect(status).toBe(1)
    expect(stderr).toContain('cannot write standard output: the disk is full')
    expect(stderr).not.toMatch(/^ +at /m)
  })

  test('takes nothing from a result on the other', () => {
    const { status, stdout } = withFull(2, ['inspect', 'bundle', '--json'])
    expect(status).toBe(0)
    expect(stdout).toBe(run(['inspect', 'bundle', '--json']).stdout)
  })
})

test.runIf(process.platform === 'linux')('a folder that is gone is told', () => {
  const gone = join(folder, 'gone')
  mkdirSync(gone)
  const { status, stderr } = spawnSync(
    'sh',
    [
      '-c',
      'cd "$1" && rmdir "$1" && exec "$2" "$3" inspect bundle',
      'sh',
      gone,
      process.execPath,
      executable,
    ],
    { encoding: 'utf8' },
  )
  expect(status).toBe(1)
  expect(stderr).toBe(
    'hebb cannot start: the folder that it was started in is gone; change to one that is there\n',
  )
})

test.runIf(process.platform === 'linux')('too few open files are told', () => {
  const limited = ['-c', 'ulimit -n 40 && exec "$1" "$2" --version', 'sh', process.execPath, executable]
  const { status, stderr } = spawnSync('sh', limited, { encoding: 'utf8' })
  expect(status).toBe(1)
  expect(stderr).toMatch(
    /^hebb cannot start: the limit of open files is too low .*; raise it: ulimit -n 1024\n$/,
  )
})

test.runIf(process.platform === 'linux').each([
  [['train', 'bundle', '--data', 'data', '--out', 'limited', '--steps', '3'], 'cannot write limited: '],
  [['new', 'rule', 'mine', '--out', '.'], 'cannot write mine.ts: '],
])('files that may not be written leave nothing in the way: %j', (words, told) => {
  const before = readdirSync(folder)
  const limited = ['-c', 'ulimit -f 0 && exec "$@"', 'sh', process.execPath, packaged, ...words]
  const { status, stderr } = spawnSync('sh', limited, { cwd: folder, encoding: 'utf8' })
  expect(status).toBe(1)
  expect(stderr).toContain(`FileError: ${told}the file would be larger than is allowed here`)
  expect(readdirSync(folder)).toEqual(before)
})
