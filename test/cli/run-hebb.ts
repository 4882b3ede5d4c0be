import { execFile, fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { allocatorSettings, nodeFlags } from '../../runtime/session/allocator.mjs'
import { beforeTests, keepingTranslations } from '../support/before-tests.ts'
import { endWithTests } from '../support/started.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))
/** The clone's own. */
export const executable = join(project, 'bin/hebb.mjs')

/** The package's, which starts sooner. */
export const packaged = join(beforeTests().hebb, 'dist/bin/hebb.mjs')

export const fashionMnist = join(project, 'data/fashion-mnist')

const scratch = mkdtempSync(join(tmpdir(), 'hebb-test-'))
process.once('exit', () => {
  rmSync(scratch, { recursive: true, force: true })
})

/** A new folder far from the project; removed when all tests have ended. */
export const newFolder = (): string => mkdtempSync(join(scratch, 'user-'))

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Waits until something is so. @throws Error with what it said, where it has ended before that */
  readonly until: (isSo: () => boolean) => Promise<void>
}

const surroundings = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', ...keepingTranslations() }

/** Starts `hebb …` as a user would, in a folder of their own, with these environment variables beside ours. */
export function startHebb(
  args: readonly string[],
  folder: string = project,
  env: Readonly<Record<string, string>> = {},
): Running {
  let settle: (ended: Ended) => void
  const ended = new Promise<Ended>((resolve) => (settle = resolve))
  const child = execFile(
    process.execPath,
    [packaged, ...args],
    { cwd: folder, env: { ...surroundings, ...env } },
    (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0
      settle({ code, stdout, stderr })
    },
  )
  const until = async (isSo: () => boolean) => {
    while (!isSo()) {
      if (child.exitCode !== null || child.signalCode !== null) {
        const { code, stdout, stderr } = await ended
        throw new Error(`hebb ${args.join(' ')} ended too soon, with ${code}: ${stdout}${stderr}`)
      }
      await setTimeout(5)
    }
  }
  return { child: endWithTests(child), ended, until }
}

/** A process of its own, from its start to its end: a second of work before the command's own. */
export const hebbAlone = (args: readonly string[], folder?: string): Promise<Ended> =>
  startHebb(args, folder).ended

/** Runs the command lines of tests, as many at a time as one process can: one. It ends when this one does. */
let commands: ChildProcess | undefined
let last: Promise<unknown> = Promise.resolve()

/** As a process of its own that runs graphs has them. */
function startCommands(): ChildProcess {
  const child = fork(join(project, 'test/cli/many-commands.mjs'), [executable], {
    env: { ...surroundings, ...allocatorSettings(1) },
    execArgv: [...nodeFlags()],
  })
  child.unref()
  child.channel?.unref()
  return child
}

/**
 * What `hebb …` says in a folder, and the exit code that it ends with. Commands of tests share one process,
 * which a program that they load must not end, outlive or write before a second command: such tests use `hebbAlone`.
 */
export function hebb(args: readonly string[], folder: string = project): Promise<Ended> {
  const ended = last.then(async () => {
    commands ??= startCommands()
    const stop = new AbortController()
    const { signal } = stop
    const gone = once(commands, 'exit', { signal }).then(() => {
      commands = undefined
      throw new Error(`hebb ${args.join(' ')} ended the process that ran it`)
    })
    const answer = once(commands, 'message', { signal }).then(([told]) => told as Ended)
    commands.send({ words: args, folder })
    try {
      return await Promise.race([answer, gone])
    } finally {
      stop.abort()
    }
  })
  last = ended.catch(() => undefined)
  return ended
}

/** What was said without the lines of progress that only a busy machine has the time to show. */
export const withoutCounts = (stderr: string): string => stderr.replace(/^.+: \d+\/\d+\n/gm, '')

/** Writes a file below a folder, with the folders on the way. */
export function write(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  return path
}

/** A program of two tiny layers on Fashion-MNIST, as a user writes it; the parts may be exchanged. */
export const tinyProgram = ({
  encoder = "layer('conv1', conv(2), relu(), maxPool(2)), layer('conv2', conv(3), relu(), maxPool(2))",
  learn = 'local(clappPlusPlus(7))',
  imports = "import { clappPlusPlus } from 'hebb/rules'",
  batch = 20,
} = {}): string => `import { adamw, conv, global, layer, local, maxPool, program, relu, rule } from 'hebb'
${imports}

interface Unused {
  readonly takes: string
  readonly lines: number
}

export default program({
  name: 'tiny',
  input: { channels: 1, size: 28, mean: [0.286], std: [0.353] },
  batch: ${batch},
  encoder: [${encoder}],
  learn: ${learn},
  optimizer: adamw({ lr: 1e-3 }),
})
`
