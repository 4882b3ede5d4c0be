import { bytesPerElement, bytesOf, allocate, type HostTensor, type TypedData } from '../../values/tensor.ts'
import { at } from '../../../src/base/lists.ts'
import { BEGINNING } from './crossings.ts'
import type { Exchange } from '../../train/exchange.ts'
import type { ValueStore } from '../../values/value-store.ts'
import type { Dealt, Deal } from './deal.ts'

/** Memory that all workers see: what crosses between them, and how far each is. */
export interface SharedMemory {
  /** By name, each a value as a whole. */
  readonly values: ReadonlyMap<string, SharedArrayBuffer>
  /** First whether all are to stop; then how many steps each has made, and has taken, in each place: see `counterOf`. */
  readonly counters: SharedArrayBuffer
  /** By worker, how many of the values that it has handed over are put together with those of others. */
  readonly put: SharedArrayBuffer
}

/** What a worker knows of the exchange. */
export interface ExchangePlan {
  readonly dealt: Pick<Dealt, 'takes'>
  readonly crossings: Deal['crossings']
  readonly memory: SharedMemory
  readonly worker: number
}

/** A step begins before the first place of its schedule. */
const countersOf = ({ takes }: ExchangePlan['dealt']): number => 1 + takes.length

export function shareMemory({ crossings, workers }: Deal): SharedMemory {
  const places = countersOf(at(workers, 0))
  return {
    values: new Map(
      [...crossings].map(([name, { type, size }]) => [
        name,
        new SharedArrayBuffer(size * bytesPerElement[type]),
      ]),
    ),
    counters: new SharedArrayBuffer(4 * (1 + 2 * places * workers.length)),
    put: new SharedArrayBuffer(4 * workers.length),
  }
}

/** Has everybody stop who waits, and who waits later. */
export function stopAll({ counters }: SharedMemory): void {
  const all = new Int32Array(counters)
  Atomics.store(all, 0, 1)
  for (let i = 0; i < all.length; i++) Atomics.notify(all, i)
}

/** A value that this worker has handed over is put together with those of others. */
export function putTogether({ memory, worker }: Pick<ExchangePlan, 'memory' | 'worker'>): void {
  const put = new Int32Array(memory.put)
  Atomics.add(put, worker, 1)
  Atomics.notify(put, worker)
}

/** What is thrown by those who wait when all are stopped: why, others know. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
}

/** A worker that is woken looks once more; one that was asleep before it was woken wakes by itself after so long, in ms. */
const LONGEST_SLEEP = 50
/** Looks before a worker sleeps: what it waits for is mostly there soon, and to wake takes long. */
const LOOKS = 2000

type Counter = 'made' | 'taken'

/**
 * An exchange of threads by shared memory. A value has one place there: who makes it waits until all have taken the one
 * before, who takes it waits until it is made. Waits are for what comes earlier in the schedule, or was to be done in the step
 * before, so that somebody can always go on.
 */
export class SharedExchange implements Exchange {
  private readonly plan: ExchangePlan
  private readonly counters: Int32Array
  private readonly put: Int32Array
  /** Values that were handed over. */
  private handed = 0
  /** The beginning of a step, those of the schedule, and its end. */
  private readonly places: number
  /** Bytes of the values that cross. */
  private readonly shared: ReadonlyMap<string, Uint8Array>
  /** Activities that others made, as this worker's runs are given them: onnxruntime takes no shared memory. */
  private readonly own: ReadonlyMap<string, HostTensor>
  /** Steps that are done. */
  private steps = 0

  constructor(plan: ExchangePlan) {
    const { dealt, crossings, memory } = plan
    this.plan = plan
    this.counters = new Int32Array(memory.counters)
    this.put = new Int32Array(memory.put)
    this.places = countersOf(dealt)
    this.shared = new Map([...memory.values].map(([name, buffer]) => [name, new Uint8Array(buffer)] as const))
    this.own = new Map(
      dealt.takes.flat().flatMap(({ name, isKept }) => {
        const crossing = crossings.get(name)
        return isKept || !crossing ? [] : [[name, allocate(crossing.type, crossing.shape)] as const]
      }),
    )
  }

  begin(given: ReadonlyMap<string, HostTensor>): void {
    for (const [name, { data }] of given) this.give(BEGINNING, name, 0, data)
    this.count('made', BEGINNING)
  }

  before(place: number, store: ValueStore): ReadonlyMap<string, HostTensor> {
    const takes = this.plan.dealt.takes[place] ?? []
    const arrived = new Map<string, HostTensor>()
    for (const { name, isKept, from, to, maker, madeAt } of takes) {
      const isOfStepBefore = isKept && !this.isEnd(place)
      this.wait(this.indexOf('made', maker, madeAt), isOfStepBefore ? this.steps : this.steps + 1)
      const shared = this.shared.get(name)
      if (!shared) throw new Error(`${name} does not cross`)
      const own = this.own.get(name)
      if (own) arrived.set(name, own)
      // All start from the same values.
      if (isOfStepBefore && this.steps === 0) continue
      const room = own ? own.data.subarray(from, to) : store.room(name, from, to - from)
      bytesOf(room).set(shared.subarray(from * room.BYTES_PER_ELEMENT, to * room.BYTES_PER_ELEMENT))
    }
    if (takes.length > 0) this.count('taken', place)
    return arrived
  }

  give(_place: number, name: string, from: number, data: TypedData): void {
    const { crossings, worker } = this.plan
    const [crossing, shared] = [crossings.get(name), this.shared.get(name)]
    if (!crossing || !shared) return
    for (const taker of crossing.takers)
      if (taker.worker !== worker)
        this.wait(
          this.indexOf('taken', taker.worker, taker.place),
          crossing.isKept && !this.isEnd(taker.place) ? this.steps + 1 : this.steps,
        )
    shared.set(bytesOf(data), from * data.BYTES_PER_ELEMENT)
  }

  after(place: number): void {
    this.count('made', place)
  }

  end(store: ValueStore): void {
    this.before(this.last, store)
    this.steps++
  }

  /** The place after the last graph. */
  private get last(): number {
    return this.plan.dealt.takes.length - 1
  }

  /** Waits until a value that was handed over is put together with those of others. */
  handedOver(): void {
    this.handed++
    this.wait(this.plan.worker, this.handed, this.put)
  }

  private isEnd(place: number): boolean {
    return place === this.last
  }

  private indexOf(counter: Counter, worker: number, place: number): number {
    return 1 + (2 * worker + Number(counter === 'taken')) * this.places + place - BEGINNING
  }

  private count(counter: Counter, place: number): void {
    const index = this.indexOf(counter, this.plan.worker, place)
    Atomics.store(this.counters, index, this.steps + 1)
    Atomics.notify(this.counters, index)
  }

  private wait(index: number, least: number, counters = this.counters): void {
    for (let looks = 0; looks < LOOKS; looks++) if (Atomics.load(counters, index) >= least) return
    for (;;) {
      const now = Atomics.load(counters, index)
      if (now >= least) return
      if (Atomics.load(this.counters, 0) !== 0) throw new Stopped('all were stopped')
      Atomics.wait(counters, index, now, LONGEST_SLEEP)
    }
  }
}
