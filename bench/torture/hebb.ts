import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { markedEnvironment, newMark } from './processes.ts'
import { watched } from './watch.ts'

export const project = fileURLToPath(new URL('../..', import.meta.url))
/** The package, which starts sooner, where tests have built one; else this clone. */
const executable = (): string => {
  const { HEBB_TESTS: tests } = process.env
  return tests === undefined ? join(project, 'bin/hebb.mjs') : join(tests, 'hebb/dist/bin/hebb.mjs')
}
export const fashionMnist = join(project, 'data/fashion-mnist')

/** How a process ended. */
export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly milliseconds: number
  /** Why it was ended, where it took more than it may. */
  readonly stopped: string | undefined
}

export interface Running {
  readonly pid: number
  /** Of the process and those that it starts. */
  readonly mark: string
  readonly ended: Promise<Ended>
  readonly hasEnded: () => boolean
  /** Whether it has said so, while it runs. */
  readonly hasSaid: (what: string) => boolean
}

export interface StartOptions {
  /** Working folder. */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Words before the command: `ip netns exec …`. */
  readonly within?: readonly string[]
  /** Seconds after which it is killed. */
  readonly seconds?: number
}

/**
 * Starts `hebb …` as a user would, leader of a process group of its own. Its output goes to files, since a pipe would
 * stay open as long as any process that inherits it.
 */
export function startHebb(words: readonly string[], options: StartOptions = {}): Running {
  const { cwd = project, env = {}, within = [], seconds = 120 } = options
  const mark = newMark()
  const folder = mkdtempSync(join(tmpdir(), 'hebb-torture-'))
  const paths = { stdout: join(folder, 'stdout'), stderr: join(folder, 'stderr') }
  const files = [openSync(paths.stdout, 'w'), openSync(paths.stderr, 'w')] as const
  const began = performance.now()
  const [program = '', ...rest] = [...within, process.execPath, executable(), ...words]
  const child = spawn(program, rest, {
    cwd,
    detached: true,
    stdio: ['ignore', ...files],
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', ...env, ...markedEnvironment(mark) },
  })
  for (const file of files) closeSync(file)
  let over = false
  const ended = new Promise<Ended>((resolve, reject) => {
    const watch = watched(mark, seconds)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      over = true
      const stopped = watch.end()
      const [stdout, stderr] = [readFileSync(paths.stdout, 'utf8'), readFileSync(paths.stderr, 'utf8')]
      rmSync(folder, { recursive: true })
      resolve({ code, signal, stdout, stderr, milliseconds: performance.now() - began, stopped })
    })
  })
  const hasSaid = (what: string) => !over && readFileSync(paths.stdout, 'utf8').includes(what)
  return { pid: child.pid ?? NaN, mark, ended, hasEnded: () => over, hasSaid }
}
