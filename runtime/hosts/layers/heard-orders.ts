import { setTimeout } from 'node:timers/promises'
import { UserError } from '../../../src/base/error.ts'
import { Deferred } from '../../workers/thread/deferred.ts'
import { ordersSubject } from '../names.ts'
import { Following } from './follow.ts'
import { readOrders, type Orders } from './messages.ts'
import type { AgainOptions } from '../passing.ts'
import type { Server } from '../server.ts'

/** How often it is looked at when something was heard last, in milliseconds. */
const LOOK_MS = 10_000
/** How long a group waits for who asked for it: a run that is gone on with begins a new job. */
const PATIENCE_MS = 10 * 60_000

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
      await setTimeout(LOOK_MS, undefined, { signal }).catch(() => undefined)
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
