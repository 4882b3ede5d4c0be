import { discard } from '../../session/discard.ts'
import { allocate, copy, elements, type HostTensor } from '../../values/tensor.ts'
import type { Answer, PartDone, SavedPart } from './messages.ts'

interface Waiting<T> {
  readonly found: T
  missing: number
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

/** What parts have said of a step so far. */
type Whole = { readonly [Key in keyof PartDone]: Record<string, PartDone[Key][string]> }
const nothing = (): Whole => ({ losses: {}, log: {}, graphs: {} })

/** Puts together what the parts of a pipeline answer, step by step; where one fails, everybody who waits is told. */
export class Inbox {
  private readonly parts: number
  private readonly steps = new Map<number, Waiting<Whole>>()
  private readonly values = new Map<number, Waiting<Map<string, HostTensor>>>()
  private failure: { readonly error: unknown } | undefined

  constructor(parts: number) {
    this.parts = parts
  }

  receive(answer: Answer): void {
    if (answer.kind === 'done') {
      const waiting = this.at(this.steps, answer.step, nothing)
      const { losses, log, graphs } = waiting.found
      Object.assign(losses, answer.losses)
      for (const [layer, numbers] of Object.entries(answer.log)) log[layer] = { ...log[layer], ...numbers }
      // Shards run one graph side by side.
      for (const [graph, time] of Object.entries(answer.graphs))
        graphs[graph] = Math.max(time, graphs[graph] ?? 0)
      count(waiting)
    }
    if (answer.kind === 'value' || answer.kind === 'saved') {
      const waiting = this.at(this.values, answer.step, () => new Map<string, HostTensor>())
      if (answer.kind === 'value') put(waiting.found, answer.name, answer.part)
      else count(waiting)
    }
  }

  fail(error: unknown): void {
    this.failure ??= { error }
    for (const { reject } of [...this.steps.values(), ...this.values.values()]) reject(error)
  }

  /** What all parts say of a step (from 0) once they have done it. */
  step(step: number): Promise<PartDone> {
    return this.take(this.steps, step, nothing)
  }

  /** All values after so many steps, once all parts have sent theirs. */
  valuesAfter(steps: number): Promise<Map<string, HostTensor>> {
    return this.take(this.values, steps, () => new Map<string, HostTensor>())
  }

  private take<T>(waiting: Map<number, Waiting<T>>, step: number, empty: () => T): Promise<T> {
    const { promise } = this.at(waiting, step, empty)
    return promise.finally(() => waiting.delete(step))
  }

  private at<T>(waiting: Map<number, Waiting<T>>, step: number, empty: () => T): Waiting<T> {
    const known = waiting.get(step) ?? start(empty(), this.parts)
    waiting.set(step, known)
    if (this.failure) known.reject(this.failure.error)
    return known
  }
}

/** Puts a part of a value, or all of it, where the whole is put together. */
function put(values: Map<string, HostTensor>, name: string, { type, shape, from, data }: SavedPart): void {
  if (data.length === elements(shape)) {
    values.set(name, { type, shape, data })
    return
  }
  const whole = values.get(name) ?? allocate(type, shape)
  copy(data, whole.data.subarray(from, from + data.length))
  values.set(name, whole)
  // Together the parts are as much as the whole.
  discard({ part: { data } })
}

function count<T>(waiting: Waiting<T>): void {
  waiting.missing--
  if (waiting.missing === 0) waiting.resolve(waiting.found)
}

function start<T>(found: T, missing: number): Waiting<T> {
  let resolve: (value: T) => void = () => undefined
  let reject: (error: unknown) => void = () => undefined
  const promise = new Promise<T>((whenFound, whenFailed) => ([resolve, reject] = [whenFound, whenFailed]))
  // Whoever waits hears of a failure; a step that nobody has asked for yet must not end the process.
  promise.catch(() => undefined)
  return { found, missing, promise, resolve, reject }
}
