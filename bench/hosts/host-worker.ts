import { mkdirSync, readdirSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { complaints } from '../torture/complaints.ts'
import { startHebb, type Running } from '../torture/hebb.ts'
import { kill, killMarked, marked, remaining } from '../torture/processes.ts'
import type { Hosts } from './namespaces.ts'

export interface HostWorkerOptions {
  readonly hosts: Hosts
  readonly host: number
  /** Below which the data sets lie. */
  readonly data: string
  /** Where it makes what it makes. */
  readonly scratch: string
  /** Seconds. */
  readonly lease: number
  /** Words before its command, such as those that change its clock. */
  readonly within?: readonly string[]
}

/** A worker that was killed takes those that it started with it, within this time. */
const GONE_WITHIN_MS = 10_000
/** One that is told to end, within this one. */
const ENDS_WITHIN_MS = 30_000
/** One that was started just now hears signals within this time, on a machine that does much else. */
const BEGINS_WITHIN_MS = 60_000
const LOOK_MS = 50
/** Letters of what a command has said that are told where it ends otherwise than it should. */
export const LAST_WORDS = 2000
/** The longest that a worker may live in all. */
const SECONDS = 1800

/** A worker on a host, which is started again where it was ended. */
export class HostWorker {
  readonly host: number
  readonly problems: string[] = []
  private readonly options: HostWorkerOptions
  private running: Running

  constructor(options: HostWorkerOptions) {
    this.options = options
    this.host = options.host
    mkdirSync(options.scratch, { recursive: true })
    this.running = this.begin()
  }

  get pid(): number {
    return this.running.pid
  }

  private begin(): Running {
    const { hosts, host, data, scratch, lease, within = [] } = this.options
    const words = ['work', '--on', hosts.url, '--data', data, '--scratch', scratch, '--lease', String(lease)]
    return startHebb(words, { within: [...hosts.on(host), ...within], seconds: SECONDS })
  }

  /** Ends it as kill -9 does, alone or with all that it has started, and starts another one. */
  async kill(whom: 'worker' | 'all'): Promise<void> {
    const { mark, pid, ended } = this.running
    if (this.running.hasEnded()) this.problems.push(`a worker ended by itself: ${(await ended).stderr}`)
    kill(pid)
    if (whom === 'all') killMarked(mark)
    await ended
    const orphans = remaining(mark, GONE_WITHIN_MS)
    this.running = this.begin()
    const left = await orphans
    if (left.length > 0) this.problems.push(`${left.length} processes of a killed worker were left`)
  }

  /** Tells it to end, and starts another one where its server can be reached again, and has room. @param mend has that be so */
  async replace(mend: () => Promise<void>): Promise<void> {
    await this.stop()
    await mend()
    this.running = this.begin()
  }

  /** Stops it as a laptop that is closed, alone or with all that it has started. */
  freeze(whom: 'worker' | 'all'): void {
    const pids = whom === 'all' ? marked(this.running.mark) : [this.pid]
    for (const pid of pids) signal(pid, 'SIGSTOP')
  }

  thaw(): void {
    for (const pid of marked(this.running.mark)) signal(pid, 'SIGCONT')
  }

  /** A killed one's successor may have been started just now: before it hears signals, it leaves what the killed one has left. */
  private async untilReady(): Promise<void> {
    const until = performance.now() + BEGINS_WITHIN_MS
    const isReady = () => this.running.hasSaid('ready for work') || this.running.hasEnded()
    while (!isReady() && performance.now() < until) await setTimeout(LOOK_MS)
  }

  /** Tells it to end, as an operator does. Nothing of it is left then. */
  async stop(): Promise<void> {
    const { pid, mark } = this.running
    await this.untilReady()
    signal(pid, 'SIGTERM')
    const left = await remaining(mark, ENDS_WITHIN_MS)
    if (left.length > 0) {
      this.problems.push(`a worker that was told to end was still there ${ENDS_WITHIN_MS / 1000} s later`)
      killMarked(mark)
    }
    const ended = await this.running.ended
    const wrong = complaints(ended, [0])
    this.problems.push(...wrong.map((each) => `a worker that was told to end: ${each}`))
    if (wrong.length > 0) this.problems.push(`its last words: ${ended.stderr.slice(-LAST_WORDS)}`)
    const [leftover] = readdirSync(this.options.scratch)
    if (leftover !== undefined) this.problems.push(`a worker leaves ${leftover}`)
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended by itself.
  }
}
