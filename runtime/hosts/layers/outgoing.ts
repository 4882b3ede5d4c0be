import { Deferred } from '../../workers/thread/deferred.ts'
import { discard } from '../../session/discard.ts'
import { activitySubject } from '../names.ts'
import { chunksOf, partSize } from './chunk.ts'
import type { HostTensor } from '../../values/tensor.ts'
import type { Order } from '../../workers/parts/messages.ts'
import type { Publisher } from './publisher.ts'

interface OutgoingOptions {
  readonly publisher: Publisher
  readonly job: string
  readonly group: number
  readonly maxPayload: number
  readonly bundle: string
  readonly host: string
  /** What others read, by their group. */
  readonly readers: ReadonlyMap<number, readonly string[]>
}

/** Sends what a group's layers have made to those who read it, step by step. */
export class Outgoing {
  private readonly options: OutgoingOptions
  private last = Promise.resolve()
  private readonly steps = new Map<number, Deferred<undefined>>()
  private readonly saves = new Map<number, Deferred<undefined>>()

  constructor(options: OutgoingOptions) {
    this.options = options
  }

  /** Hears of each step that was done, and of each save, in their order. */
  pass(order: Order): void {
    const over = order.kind === 'step' ? this.at(this.steps, order.step) : this.at(this.saves, order.step)
    this.last = this.last.then(() =>
      order.kind === 'step' ? this.send(order.step, order.inputs) : undefined,
    )
    this.last.then(
      () => {
        over.resolve(undefined)
      },
      (error: unknown) => {
        over.reject(error)
      },
    )
  }

  /** Waits until all of a step is on its way. */
  step(step: number): Promise<undefined> {
    return this.taken(this.steps, step)
  }

  /** Waits until all of the steps before a save is on its way. */
  save(step: number): Promise<undefined> {
    return this.taken(this.saves, step)
  }

  private taken(from: Map<number, Deferred<undefined>>, step: number): Promise<undefined> {
    return this.at(from, step).promise.finally(() => from.delete(step))
  }

  private at(from: Map<number, Deferred<undefined>>, step: number): Deferred<undefined> {
    const known = from.get(step) ?? new Deferred<undefined>()
    from.set(step, known)
    return known
  }

  private async send(step: number, made: Readonly<Record<string, HostTensor>>): Promise<void> {
    const { publisher, job, group, maxPayload, bundle, host, readers } = this.options
    const all: Promise<boolean>[] = []
    for (const [reader, names] of readers)
      for (const name of names) {
        const tensor = made[name]
        if (!tensor) throw new Error(`step ${step} made no ${name}`)
        const subject = activitySubject(job, group, reader)
        const size = partSize(maxPayload)
        let part = 0
        for (const { headers, data } of chunksOf(name, tensor, { step, bundle, host, size })) {
          const { kept } = await publisher.send({
            subject,
            data,
            headers,
            id: `${job}.${group}.${reader}.${step}.${name}.${size}.${part++}`,
          })
          all.push(kept)
        }
      }
    void Promise.all(all).then((kept) => {
      if (kept.every(Boolean)) discard(made)
    })
  }
}
