import { Ending } from '../../workers/thread/ending.ts'
import { resultsSubject } from '../names.ts'
import { mostBeyond } from './distances.ts'
import { textOf } from './messages.ts'
import type { Group } from './group.ts'
import type { HeardOrders } from './heard-orders.ts'

/** Steps that are in the thread, or on their way from there, at once: enough that it waits for none. */
const UNDER_WAY = 3

/** A group's steps, one after the other, and saves between them. */
export class Steps {
  private readonly group: Group
  private readonly orders: HeardOrders
  private readonly leave: AbortSignal
  private readonly left = new Ending<undefined>()
  private readonly failed = new Ending<never>()
  private readonly underWay = new Set<Promise<void>>()
  private next: number
  /** Places at which values were asked of the thread, and for whom. */
  private readonly ordered = new Map<number, { wanted: boolean }>()
  private saving = Promise.resolve()
  /** The last one that the group can be gone on from. */
  private place: number

  /** @param end aborted where all is over, however that came */
  constructor(group: Group, orders: HeardOrders, leave: AbortSignal, end: AbortSignal) {
    this.group = group
    this.orders = orders
    this.leave = leave
    this.next = group.job.step
    this.place = group.job.step
    this.ordered.set(this.next, { wanted: false })
    const leaves = () => {
      this.left.resolve(undefined)
    }
    leave.addEventListener('abort', leaves, { signal: end })
  }

  /** Until it is to be left. */
  async run(): Promise<void> {
    const { totalSteps, every } = this.group.job
    while (!this.leave.aborted) {
      const { next } = this
      // Asked for first: what is heard from now on counts.
      const changed = this.orders.changed
      this.saveWhereDue()
      if (next >= Math.min(this.orders.until, totalSteps)) {
        await this.orFailed(this.left.race(changed))
        continue
      }
      // What others keep for whoever takes the group over has an end.
      if (next - this.place >= mostBeyond(every)) {
        await this.orFailed(this.left.race(this.saving))
        continue
      }
      const inputs = await this.orFailed(this.left.race(this.inputs(next)))
      if (!inputs) break
      this.group.parts.post({ kind: 'step', step: next, inputs })
      this.next = next + 1
      this.follow(next)
      while (this.underWay.size >= UNDER_WAY) await this.orFailed(Promise.race(this.underWay))
    }
    if (!this.ordered.has(this.next)) this.save(this.next)
    await this.orFailed(Promise.all([...this.underWay, this.saving]))
  }

  private async inputs(step: number) {
    const { inputs, assembly } = this.group
    const [own, activity] = await Promise.all([inputs.prepare(step), assembly.step(step)])
    return { ...own, ...activity }
  }

  private orFailed<T>(work: Promise<T>): Promise<T> {
    return this.failed.race(work)
  }

  private saveWhereDue(): void {
    const { next, ordered } = this
    const known = ordered.get(next)
    const wanted = this.orders.isWanted(next)
    if (known ? wanted && !known.wanted : wanted || next % this.group.job.every === 0) this.save(next, wanted)
  }

  private save(step: number, wanted = false): void {
    const { parts, outgoing, saves } = this.group
    for (const before of this.ordered.keys()) if (before < step) this.ordered.delete(before)
    this.ordered.set(step, { wanted })
    parts.post({ kind: 'save', step })
    const copied = Promise.all([parts.inbox.valuesAfter(step), outgoing.save(step)])
    // Where one before it fails, nobody waits for it.
    copied.catch(() => undefined)
    // Of earlier steps is told first: who hears of the values has no use for that any more.
    const before = [...this.underWay]
    this.saving = this.saving.then(async () => {
      const [values] = await copied
      await Promise.all(before)
      await saves.save(step, values)
      this.place = step
    })
    this.saving.catch(this.failed.reject)
  }

  /** Tells of a step that was posted, once it is done and on its way. */
  private follow(step: number): void {
    const { parts, outgoing, publisher, host } = this.group
    const { job, group } = this.group.job
    const done = async () => {
      const [told] = await Promise.all([parts.inbox.step(step), outgoing.step(step)])
      const data = textOf({ kind: 'done', group, host, step, ...told })
      await publisher.send({ subject: resultsSubject(job), data, id: `${job}.done.${group}.${step}` })
    }
    const following: Promise<void> = done()
      .catch(this.failed.reject)
      .finally(() => this.underWay.delete(following))
    this.underWay.add(following)
  }
}
