import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'
import { allocatorSettings, nodeFlags } from '../runtime/session/allocator.mjs'
import { UserError } from '../src/base/error.ts'
import { allocators, type Allocator } from './allocators.ts'
import { memorySchema, openedSchema, ranSchema } from './protocol.ts'
import type { Command, Memory, Opened, PeerSettings, Ran } from './protocol.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

export interface PyTorchOptions {
  readonly threads: number
  readonly python: string
  /** OMP_WAIT_POLICY, or '' to leave it unset. */
  readonly ompWait: string
  /** default: own */
  readonly allocator?: Allocator
  /** Computes in float64 what is stored in float32. */
  readonly double?: boolean
  /** Where it computes, such as cuda; default cpu. */
  readonly device?: string
}

/** A child process that measures its own work; it sleeps while others measure theirs. */
export class Contestant {
  readonly name: string
  private readonly child: ChildProcessWithoutNullStreams
  private readonly lines: Interface
  private complaints = ''
  private ended = false

  private constructor(
    name: string,
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    this.name = name
    this.child = spawn(command, args, { cwd: root, env: { ...process.env, ...env } })
    this.lines = createInterface({ input: this.child.stdout })
    this.child.stderr.on('data', (bytes: Buffer) => (this.complaints += bytes.toString()))
    // Told by whoever waits for an answer; without a listener a write to a dead process would end this one.
    this.child.on('error', (error) => (this.complaints += error.message))
    this.child.stdin.on('error', (error) => (this.complaints += error.message))
    this.child.on('close', () => (this.ended = true))
  }

  /** A process of ours, started as `hebb train` starts its own for so many workers. */
  static hebb(threads: number, workers = 1): Contestant {
    const args = [...nodeFlags(), '--import', 'tsx', 'bench/ours/child.ts', String(threads)]
    return new Contestant('Hebb', process.execPath, args, allocatorSettings(workers))
  }

  /** A process of PyTorch's; `python` is an interpreter that has the packages of bench/peers/requirements.txt. */
  static pyTorch({
    threads,
    python,
    ompWait,
    allocator = 'own',
    double = false,
    device = 'cpu',
  }: PyTorchOptions): Contestant {
    const waiting = ompWait === '' ? {} : { OMP_WAIT_POLICY: ompWait }
    const env = { ...waiting, ...allocators[allocator] }
    const given = ['--threads', String(threads), '--device', device, ...(double ? ['--double'] : [])]
    const args = ['bench/peers/peer.py', ...given]
    return new Contestant('PyTorch', python, args, env)
  }

  /** @param settings of a peer's arithmetic */
  open(folder: string, settings?: PeerSettings): Promise<Opened> {
    const told = settings === undefined ? {} : { settings }
    return this.ask({ command: 'open', folder, ...told }, openedSchema)
  }

  run(variant: string, count: number): Promise<Ran> {
    return this.ask({ command: 'run', variant, count }, ranSchema)
  }

  memory(): Promise<Memory> {
    return this.ask({ command: 'memory' }, memorySchema)
  }

  /** Lets the process end and waits for it, so that its memory is free for the next. */
  async close(): Promise<void> {
    if (this.ended) return
    const gone = new Promise((resolve) => this.child.once('close', resolve))
    this.child.stdin.end()
    await gone
  }

  private ask<Answer>(command: Command, schema: z.ZodType<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.lines.off('line', onLine)
        this.child.off('close', onClose)
      }
      const onLine = (line: string) => {
        settle()
        try {
          resolve(schema.parse(JSON.parse(line)))
        } catch (cause) {
          reject(new Error(`${this.name} answered ${line.slice(0, 200)}`, { cause }))
        }
      }
      const onClose = () => {
        settle()
        reject(this.explainEnd())
      }
      if (this.ended) {
        reject(this.explainEnd())
        return
      }
      this.lines.on('line', onLine)
      this.child.on('close', onClose)
      this.child.stdin.write(`${JSON.stringify(command)}\n`)
    })
  }

  private explainEnd(): UserError {
    const last = this.complaints.trim().split('\n').slice(-12)
    return new UserError('BenchmarkError', `the process of ${this.name} ended`, {
      details: last,
      help:
        this.name === 'Hebb'
          ? 'If it was killed, the machine has too little memory for this case.'
          : 'Name a Python with the packages of bench/peers/requirements.txt: --python PATH, or HEBB_PYTHON.',
    })
  }
}

export interface Both {
  readonly hebb: Contestant
  readonly pyTorch: Contestant
}

/** Hands out what ends every process that is given to it, whatever happens, so that its memory is free afterwards. */
export async function withProcesses<Result>(
  use: (start: (contestant: Contestant) => Contestant) => Promise<Result>,
): Promise<Result> {
  const started: Contestant[] = []
  try {
    return await use((contestant) => {
      started.push(contestant)
      return contestant
    })
  } finally {
    await Promise.all(started.map((contestant) => contestant.close()))
  }
}

/** A process of each side. */
export const together = <Result>(
  options: PyTorchOptions,
  use: (both: Both) => Promise<Result>,
): Promise<Result> =>
  withProcesses((start) =>
    use({ hebb: start(Contestant.hebb(options.threads)), pyTorch: start(Contestant.pyTorch(options)) }),
  )
