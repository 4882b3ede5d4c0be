import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'
import type { Hosts } from './namespaces.ts'

/** A record as it was written, in the server's order. */
export interface Observed {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly key: string
  readonly revision: number
  /** What it says; none where it was removed. */
  readonly now?: {
    readonly name: string
    readonly state: 'waiting' | 'running' | 'done' | 'failed'
    readonly worker: string | null
    readonly attempts: number
    readonly step: number
    readonly failure: string | null
  }
}

/** What there is on a server. */
export interface Left {
  /** Names of stores and streams of single jobs. */
  readonly streams: readonly string[]
  /** Of work to be done. */
  readonly messages: number
  /** Of these, those that somebody has been given, or is to be given. */
  readonly atWorkers: number
  /** Keys of records that are to be done. */
  readonly records: readonly string[]
}

type Told = Observed | { readonly left: Left }

const script = fileURLToPath(new URL('observe.ts', import.meta.url))

/** Hears of every record that is written on the server. */
export class Observer {
  /** All that was written, in the server's order. */
  readonly seen: Observed[] = []
  private readonly child: ChildProcess
  private readonly latest = new Map<string, Observed>()
  private readonly waiting: { resolve: (left: Left) => void; reject: (error: Error) => void }[] = []

  constructor(hosts: Hosts) {
    const words = ['--import', 'tsx', script, hosts.url]
    const [program = '', ...rest] = [...hosts.on('hub'), process.execPath, ...words]
    const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.child = child
    child.once('exit', () => {
      for (const { reject } of this.waiting) reject(new Error('who watches the records has ended'))
    })
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.hear(JSON.parse(line) as Told)
    })
  }

  private hear(told: Told): void {
    if ('left' in told) {
      this.waiting.shift()?.resolve(told.left)
      return
    }
    this.seen.push(told)
    if (told.now) this.latest.set(told.key, told)
    else this.latest.delete(told.key)
  }

  /** Steps of all records, as far as the server knows, and of those that are gone as of the last that was heard. */
  steps(): number {
    const last = new Map(this.seen.map(({ key, now }) => [key, now] as const).filter(([, now]) => now))
    return [...last.values()].reduce((sum, now) => sum + (now?.step ?? NaN), 0)
  }

  /** What the process has now: keys of records. */
  heldBy(pid: number): Observed[] {
    return [...this.latest.values()].filter(
      ({ now }) => now?.state === 'running' && now.worker?.includes(`-${pid}-`),
    )
  }

  /** Publishes all that is still to be done once more. */
  publishAgain(): void {
    this.child.stdin?.write('again\n')
  }

  left(): Promise<Left> {
    this.child.stdin?.write('left\n')
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject })
    })
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return
    this.child.stdin?.end()
    await once(this.child, 'exit')
  }
}
