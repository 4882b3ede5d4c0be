/** A promise that is settled from outside. Nobody need wait for it: a rejection alone does not end the process. */
export class Deferred<T> {
  readonly promise: Promise<T>
  resolve: (value: T) => void = () => undefined
  reject: (error: unknown) => void = () => undefined

  constructor() {
    this.promise = new Promise<T>((whenFound, whenFailed) => {
      this.resolve = whenFound
      this.reject = whenFailed
    })
    this.promise.catch(() => undefined)
  }
}
