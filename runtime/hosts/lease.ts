import { setInterval } from 'node:timers'
import { LeaseLost, type Held, type Records } from './records.ts'
import { renewMs } from './names.ts'
import type { Taken } from './work.ts'

/**
 * What a worker has of a task that it took: the message, whose time it renews, and the record, of which it knows the last
 * revision. As soon as somebody else has written the record, the task is theirs.
 */

export interface LeaseOptions {
  readonly taken: Taken
  /** Milliseconds. */
  readonly lease: number
  /** Aborts all that waits for the server: the lease aborts it where it is lost. */
  readonly lost: AbortController
}

export class Lease<T> {
  readonly key: string
  private readonly records: Records<T>
  private readonly lost: AbortController
  private readonly timer: NodeJS.Timeout
  private held: Held<T>
  private taken: Taken
  private isAsking = false
  /** Who writes and who asks take turns: an answer to a question from before a write would look like somebody else's. */
  private turn: Promise<unknown> = Promise.resolve()

  /** @param held as it was just written, for this task */
  constructor(key: string, records: Records<T>, held: Held<T>, { taken, lease, lost }: LeaseOptions) {
    this.key = key
    this.records = records
    this.held = held
    this.taken = taken
    this.lost = lost
    this.timer = setInterval(() => {
      this.renew()
    }, renewMs(lease))
  }

  get value(): T {
    return this.held.value
  }

  /** Aborted with LeaseLost, or with why the record cannot be read any more, or is none. */
  get signal(): AbortSignal {
    return this.lost.signal
  }

  /** @throws LeaseLost */
  async write(change: (value: T) => T): Promise<void> {
    await this.inTurn(async () => {
      this.held = await this.records.write(this.key, this.held.revision, change(this.held.value))
    })
  }

  /** The server gave the same message once more, to this worker: that is what it hears from us by now. */
  takeAgain(taken: Taken): void {
    this.taken = taken
    taken.renew()
  }

  /** The end of it: nothing is renewed any more. @param end what becomes of the message */
  async end(end: (taken: Taken) => Promise<void> | void): Promise<void> {
    clearInterval(this.timer)
    await end(this.taken)
  }

  private renew(): void {
    if (this.lost.signal.aborted) return
    this.taken.renew()
    if (this.isAsking) return
    this.isAsking = true
    void this.inTurn(async () => {
      const now = await this.records.get(this.key)
      if (!now) await this.records.requireThere()
      if (now?.revision !== this.held.revision) throw new LeaseLost(this.key)
    })
      .catch(() => undefined)
      .finally(() => (this.isAsking = false))
  }

  private inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.turn.then(async () => {
      this.lost.signal.throwIfAborted()
      try {
        await act()
      } catch (error) {
        clearInterval(this.timer)
        this.lost.abort(error)
        throw error
      }
    })
    this.turn = done.catch(() => undefined)
    return done
  }
}
