/** What is told of the work as it goes on. What it throws ends the work, and where it gives a promise, the work waits for that. */
export type Listener<Told, More extends unknown[] = []> =
  ((told: Told, ...more: More) => void) | ((told: Told, ...more: More) => Promise<void>)

/** A listener that whoever tells it need not wait for. */
type Sync<T> = T extends (...told: infer Told) => void | Promise<void> ? (...told: Told) => void : T

/** Options of which each listener is one that whoever tells it need not wait for. */
export type Heard<T> = { [Name in keyof T]: Sync<T[Name]> }

/** `onMetrics`, not `online`. */
const isListener = /^on[A-Z]/

const isThenable = (answer: unknown): answer is PromiseLike<unknown> =>
  typeof answer === 'object' && answer !== null && typeof Reflect.get(answer, 'then') === 'function'

/**
 * What users listen with may be async. It is told from deep within the work, where nobody can wait; so the work waits in its
 * loop for all that was told, and there is what went wrong with it thrown.
 */
export class Hearing {
  private readonly waiting = new Set<Promise<void>>()
  private readonly failures: unknown[] = []

  /** Options with their listeners, `on…`, as those that need not be waited for. */
  of<T extends object>(options: T): Heard<T> {
    const heard = Object.entries(options).map(([name, value]: [string, unknown]) => [
      name,
      isListener.test(name) && typeof value === 'function' ? this.listener(value) : value,
    ])
    return Object.fromEntries(heard) as Heard<T>
  }

  /** Waits until all have done with what they were told. @throws what the first of them failed with */
  async done(): Promise<void> {
    while (this.waiting.size > 0) await Promise.all(this.waiting)
    if (this.failures.length > 0) throw this.failures[0]
  }

  private listener(listener: object): (...told: readonly unknown[]) => void {
    return (...told) => {
      const answer: unknown = Reflect.apply(
        listener as (...told: readonly unknown[]) => unknown,
        undefined,
        told,
      )
      if (!isThenable(answer)) return
      const heard: Promise<void> = Promise.resolve(answer).then(
        () => {
          this.waiting.delete(heard)
        },
        (failure: unknown) => {
          this.failures.push(failure)
          this.waiting.delete(heard)
        },
      )
      this.waiting.add(heard)
    }
  }
}
