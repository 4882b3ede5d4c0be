import { ordersSubject } from '../names.ts'
import { textOf } from './messages.ts'
import type { Publisher } from './publisher.ts'

/** Milliseconds from one order to the next, where there is nothing new. */
const REPEAT_MS = 10_000

interface GivenOptions {
  readonly publisher: Publisher
  readonly job: string
  readonly onFailure: (error: unknown) => void
}

/** How far groups may go, as it is told them: one message after the other, each with all that holds by then. */
export class GivenOrders {
  private readonly options: GivenOptions
  private readonly saves = new Set<number>()
  private until: number
  private asked = 0
  /** Of these questions, those that the server has. */
  private askedThere = 0
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

  /** Whether the server has a question: before, nobody can answer it. */
  isAsked(asked: number): boolean {
    return asked <= this.askedThere
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
        const { until, asked } = this
        const data = textOf({ until, saves: [...this.saves], asked })
        await publisher.keep({ subject: ordersSubject(job), data })
        this.askedThere = asked
      }
    } finally {
      // At once: what there is to tell from here on is told anew, and not with the next repetition.
      this.isTelling = false
    }
  }
}
