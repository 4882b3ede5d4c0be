import { allocate, bytesOf, bytesPerElement, type HostTensor } from '../../values/tensor.ts'
import { Deferred } from '../../workers/thread/deferred.ts'
import { readChunk, type Header, type ReadChunk } from './chunk.ts'
import { firstNotFinite } from './finite.ts'
import { PoisonedMessage } from './poisoned.ts'
import type { Crossing } from './crossing.ts'

/** A tensor of which some parts are there. */
interface Partly {
  readonly tensor: HostTensor
  readonly bytes: Uint8Array
  readonly parts: Set<number>
}

interface Step {
  /** By name and size of parts. */
  readonly tensors: Map<string, Map<number, Partly>>
  /** Those that are whole. */
  readonly whole: Record<string, HostTensor>
  readonly all: Deferred<Readonly<Record<string, HostTensor>>>
}

/** What may come of a training. */
interface Known {
  readonly bundle: string
  readonly crossings: readonly Crossing[]
  readonly totalSteps: number
  /** Steps that others are not ahead. */
  readonly farthest: number
}

/** Where whoever reads begins. */
interface Begin {
  /** The first step that is wanted. */
  readonly next: number
  /** The message of the stream that was asked for first. */
  readonly from: number
}

/** Steps that are put together before they are asked for. */
const READY = 3
/** A server that was started again may take larger messages than before, or smaller ones; so often it changes in no step. */
const MOST_SIZES = 4

/** Puts activity together, step by step, of parts that come in any order and any number of times. */
export class Assembly {
  private readonly known: Known
  private readonly steps = new Map<number, Step>()
  /** By step, the first message that holds something of it; until nobody will need it again. */
  private readonly firsts = new Map<number, number>()
  private taken = new Deferred<undefined>()
  private next: number
  private last: number
  /** Of steps before, nobody needs anything any more. */
  private place: number
  private failure: { readonly error: unknown } | undefined

  constructor(known: Known, { next, from }: Begin) {
    this.known = known
    this.next = next
    this.place = next
    this.last = from - 1
  }

  /** Takes a message in. @throws PoisonedMessage where it is not what it should be */
  take(header: Header, data: Uint8Array, sequence: number): void {
    const chunk = readChunk(header, data, this.known)
    this.last = Math.max(this.last, sequence)
    const { step } = chunk
    this.requireNear(chunk)
    // What comes once more, and late.
    if (step < this.place) return
    const first = this.firsts.get(step)
    if (first === undefined || sequence < first) this.firsts.set(step, sequence)
    if (step >= this.next) this.add(this.at(step), chunk)
  }

  /** All activity of a step, once it is there; it is the caller's then. Steps are asked for in their order. */
  async step(step: number): Promise<Readonly<Record<string, HostTensor>>> {
    if (this.known.crossings.length === 0) return {}
    const all = await this.at(step).all.promise
    this.steps.delete(step)
    this.next = step + 1
    this.taken.resolve(undefined)
    this.taken = new Deferred()
    return all
  }

  /** Waits while enough steps are whole that nobody has asked for yet, and the next one is. */
  async room(): Promise<void> {
    const isWhole = ({ whole }: Step) => Object.keys(whole).length === this.known.crossings.length
    for (;;) {
      const next = this.steps.get(this.next)
      const ready = [...this.steps.values()].filter(isWhole).length
      if (this.failure || ready < READY || !next || !isWhole(next)) return
      await this.taken.promise
    }
  }

  /** The first message that whoever goes on at a step needs; those of steps before are not asked about any more. */
  firstFor(step: number): number {
    this.place = step
    for (const known of this.firsts.keys()) if (known < step) this.firsts.delete(known)
    return [...this.firsts.values()].reduce((first, each) => Math.min(first, each), this.last + 1)
  }

  fail(error: unknown): void {
    this.failure ??= { error }
    this.taken.resolve(undefined)
    for (const { all } of this.steps.values()) all.reject(error)
  }

  private at(step: number): Step {
    const known = this.steps.get(step) ?? { tensors: new Map(), whole: {}, all: new Deferred() }
    this.steps.set(step, known)
    if (this.failure) known.all.reject(this.failure.error)
    return known
  }

  /** Nobody of the training is so far ahead: it is somebody else's, and much of it would fill the memory. */
  private requireNear({ step, crossing: { graph, name }, host }: ReadChunk): void {
    const { totalSteps, farthest } = this.known
    const refuse = (problem: string) => new PoisonedMessage({ layer: graph, name, step, host, problem })
    if (step >= totalSteps) throw refuse(`is of a training of more than ${totalSteps} steps`)
    if (step >= this.next + farthest)
      throw refuse(`is ${step - this.next} steps ahead, of ${farthest - 1} at most`)
  }

  private add({ tensors, whole, all }: Step, chunk: ReadChunk): void {
    const { crossing, part, parts, size, start, data, step, host } = chunk
    const { name, type, shape } = crossing
    if (whole[name]) return
    // Parts of another size are other ones.
    const sizes = tensors.get(name) ?? new Map<number, Partly>()
    const partly = sizes.get(size) ?? begun(crossing)
    tensors.set(name, sizes.set(size, partly))
    if (sizes.size > MOST_SIZES) {
      const problem = `comes in parts of ${sizes.size} sizes`
      throw new PoisonedMessage({ layer: crossing.graph, name, step, host, problem })
    }
    if (partly.parts.has(part)) return
    partly.bytes.set(data, start)
    partly.parts.add(part)
    // Part by part, while it is in the cache.
    const first = start / bytesPerElement[type]
    const own = partly.tensor.data.subarray(first, first + data.length / bytesPerElement[type])
    const wrong = firstNotFinite({ type, data: own })
    if (wrong) {
      const problem = `holds ${wrong.value} at element ${first + wrong.place} of [${shape.join(', ')}]`
      throw new PoisonedMessage({ layer: crossing.graph, name, step, host, problem })
    }
    if (partly.parts.size < parts) return
    whole[name] = partly.tensor
    tensors.delete(name)
    if (Object.keys(whole).length === this.known.crossings.length) all.resolve(whole)
  }
}

function begun({ type, shape }: Crossing): Partly {
  const tensor = allocate(type, shape)
  return { tensor, bytes: bytesOf(tensor.data), parts: new Set() }
}
