import { setTimeout } from 'node:timers/promises'
import { UserError } from '../../../src/base/error.ts'
import { Deferred } from '../../workers/thread/deferred.ts'
import { ordersSubject } from '../names.ts'
import { Following } from './follow.ts'
import { readOrders, textOf, type Orders } from './messages.ts'
import type { AgainOptions } from '../passing.ts'
import type { Server } from '../server.ts'
import type { Publisher } from './publisher.ts'

/** Milliseconds from one order to the next, where there is nothing new. */
export const REPEAT_MS = 10_000
/** How long a group waits for who asked for it: a run that is gone on with begins a new job. */
export const PATIENCE_MS = 10 * 60_000

/** How far a group may go, as it was heard last. */
export class HeardOrders {
  private now: Orders = { until: 0, saves: [], asked: 0 }
  private next = new Deferred<undefined>()
  private heard = performance.now()
  private following: Following | undefined

  /** @throws what reading fails with, and where nothing is heard for long */
  async follow(server: Server, job: string, signal: AbortSignal, again: AgainOptions): Promise<void> {
    const subject = ordersSubject(job)
    this.following = await Following.open(server, { job, subject, from: 'last', ...again }, (message) => {
      const told = readOrders(message.string())
      this.heard = performance.now()
      const { until, asked } = this.now
      this.now = {
        until: Math.max(until, told.until),
        saves: told.saves,
        asked: Math.max(asked, told.asked),
      }
      this.next.resolve(undefined)
      this.next = new Deferred()
    })
    await Promise.race([this.following.ended, this.silence(signal)])
  }

  get until(): number {
    return this.now.until
  }

  /** Answers each time that it is asked who is there, until the signal is aborted. */
  async answer(here: (asked: number) => Promise<void>, signal: AbortSignal): Promise<void> {
    for (let answered = 0; !signal.aborted;) {
      const { changed } = this
      const { asked } = this.now
      if (asked > answered) await here(asked)
      else await changed
      answered = asked
    }
  }

  readonly isWanted = (step: number): boolean => this.now.saves.includes(step)

  /** Waits for the next one. */
  get changed(): Promise<undefined> {
    return this.next.promise
  }

  async stop(): Promise<void> {
    await this.following?.stop()
  }

  private async silence(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && performance.now() - this.heard < PATIENCE_MS)
      await setTimeout(REPEAT_MS, undefined, { signal }).catch(() => undefined)
    if (!signal.aborted)
      throw new UserError(
        'ServerError',
        `nothing was heard for ${PATIENCE_MS / 60_000} minutes of who asked for this training`,
        {
          help: 'Go on with its run where it was begun: hebb train --resume --on …',
        },
      )
  }
}

/** How far groups may go, as it is told them: one message after the other, each with all that holds by then. */
export class GivenOrders {
  private readonly options: GivenOptions
  private readonly saves = new Set<number>()
  private until: number
  private asked = 0
  private isTold = true
  private isTelling = false
  private readonly repeating: NodeJS.Timeout

  /** @param options.from steps done before */
  constructor(options: GivenOptions & { readonly from: number }) {
    this.options = options
    this.until = options.from
    this.repeating = setInterval(() => {
      this.tell()
    }, REPEAT_MS)
    this.tell()
  }

  allow(until: number): void {
    this.until = Math.max(this.until, until)
    this.tell()
  }

  save(step: number): void {
    this.saves.add(step)
    this.tell()
  }

  /** Whether groups were told to do a step (from 0). */
  isAllowed(step: number): boolean {
    return step < this.until
  }

  isAskedFor(step: number): boolean {
    return this.saves.has(step)
  }

  /** Asks groups whether they are there: those that are answer with what is given back. */
  ask(): number {
    this.asked++
    this.tell()
    return this.asked
  }

  /** All have come. */
  saved(step: number): void {
    this.saves.delete(step)
    this.tell()
  }

  stop(): void {
    clearInterval(this.repeating)
  }

  /** What is said at once is told at once: groups must know of a save when they may do the step before it. */
  private tell(): void {
    this.isTold = false
    if (this.isTelling) return
    this.isTelling = true
    queueMicrotask(() => {
      this.tellAll().catch(this.options.onFailure)
    })
  }

  private async tellAll(): Promise<void> {
    const { publisher, job } = this.options
    try {
      while (!this.isTold) {
        this.isTold = true
        const data = textOf({ until: this.until, saves: [...this.saves], asked: this.asked })
        await publisher.keep({ subject: ordersSubject(job), data })
      }
    } finally {
      // At once: what there is to tell from here on is told anew, and not with the next repetition.
      this.isTelling = false
    }
  }
}

interface GivenOptions {
  readonly publisher: Publisher
  readonly job: string
  readonly onFailure: (error: unknown) => void
}
