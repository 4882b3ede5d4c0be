/**
 * Something that happens once, late or never, and that much is raced with meanwhile. With `Promise.race`, the promise of what
 * happens late keeps what came of each race for as long as it is open.
 */
export class Ending<T> {
  private readonly waiting = new Set<(end: Promise<T>) => void>()
  private end: Promise<T> | undefined

  /** That of a promise. */
  static of<T>(promise: Promise<T>): Ending<T> {
    const ending = new Ending<T>()
    promise.then(ending.resolve, ending.reject)
    return ending
  }

  readonly resolve = (value: T): void => {
    this.settle(Promise.resolve(value))
  }

  readonly reject = (error: unknown): void => {
    this.settle(Promise.reject(error instanceof Error ? error : new Error(String(error))))
  }

  /** What comes first: this, or the work. */
  race<U>(work: Promise<U>): Promise<T | U> {
    if (this.end) return Promise.race([this.end, work])
    return new Promise((resolve, reject) => {
      this.waiting.add(resolve)
      const forget = () => this.waiting.delete(resolve)
      work.then(resolve, reject).finally(forget)
    })
  }

  private settle(end: Promise<T>): void {
    // Nobody need wait for it.
    end.catch(() => undefined)
    if (this.end) return
    this.end = end
    for (const resolve of this.waiting) resolve(end)
    this.waiting.clear()
  }
}
