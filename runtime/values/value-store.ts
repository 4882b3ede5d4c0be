import { SlidingValue } from './sliding-value.ts'
import { SpareMemory } from './spare-memory.ts'
import { allocate, copy, elements, type HostTensor, type TypedData } from './tensor.ts'
import { discard } from '../session/discard.ts'
import { wholeShare, type Share } from './share.ts'
import type { ValueSource } from './value-source.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** Parameters and states by name. */
export type Values = ReadonlyMap<string, HostTensor>

/** Values that are there already; they are copied. */
export const valuesFrom = (values: Values): ValueSource => ({
  fill: (name, zeros) => {
    const value = values.get(name)
    if (value) copy(value.data, zeros)
    return value !== undefined
  },
})

/** The parameters and states of a section while it is run. */
export class ValueStore {
  private readonly plain = new Map<string, HostTensor>()
  private readonly sliding = new Map<string, SlidingValue>()
  private readonly spare = new SpareMemory()
  /** Of values that are kept in part, the number of the first element. */
  private readonly first = new Map<string, number>()

  /** Takes what the section's graphs read and make, or of it what is of a share of them. */
  constructor(
    section: Section,
    source: ValueSource,
    { held, made }: Pick<Share, 'held' | 'made'> = wholeShare(section),
  ) {
    const { graphs, parameters, states } = section
    const blockSizes = new Map(
      graphs.flatMap(({ blocks, outputs }) =>
        outputs.flatMap(({ updates, shape }) =>
          blocks === undefined || updates === undefined ? [] : [[updates, elements(shape)] as const],
        ),
      ),
    )
    const read = new Map(graphs.flatMap(({ inputs }) => inputs.map((input) => [input.name, input])))
    // A graph that reads blocks does not say how the whole is shaped.
    const whole = new Map([...parameters, ...states].map((each) => [each.name, each]))
    for (const [name, part] of held) {
      const { type, shape } = whole.get(name) ?? read.get(name) ?? {}
      if (!type || !shape) throw new Error(`${name} is no parameter and no state`)
      const own = made.get(name)
      // What others change, too, does not slide.
      const size = own?.from === part.from && own.to === part.to ? blockSizes.get(name) : undefined
      const isWhole = part.to - part.from === elements(shape)
      const value = this.allocate({ type, shape: isWhole ? shape : [part.to - part.from] }, name, size)
      const all = isWhole ? value : allocate(type, shape)
      if (!source.fill(name, all.data)) throw new Error(`no value for ${read.get(name)?.role} ${name}`)
      if (isWhole) continue
      this.first.set(name, part.from)
      copy(all.data.subarray(part.from, part.to), value.data)
      discard({ all })
    }
  }

  private allocate({ type, shape }: Pick<HostTensor, 'type' | 'shape'>, name: string, size?: number) {
    if (size !== undefined) {
      const sliding = new SlidingValue(type, shape, size)
      this.sliding.set(name, sliding)
      return sliding.current
    }
    const value = allocate(type, shape)
    this.plain.set(name, value)
    return value
  }

  /** A view of the value as it is now, or of the part that is kept; valid until it is changed. */
  get(name: string): HostTensor | undefined {
    return this.plain.get(name) ?? this.sliding.get(name)?.current
  }

  /** The number of the first element of what `get` gives. */
  firstOf(name: string): number {
    return this.first.get(name) ?? 0
  }

  /** All of them, as `get`. */
  all(): Map<string, HostTensor> {
    const sliding = [...this.sliding].map(([name, value]) => [name, value.current] as const)
    return new Map([...this.plain, ...sliding])
  }

  /** A value that is changed block by block. */
  inBlocks(name: string): SlidingValue | undefined {
    return this.sliding.get(name)
  }

  /** Memory for a new value. */
  take(type: Pick<HostTensor, 'type' | 'shape'>): HostTensor {
    return this.spare.take(type)
  }

  /**
   * Puts a new value, or a part of one from element `from` on, in place of what was there. The memory that is not needed any
   * more becomes free, that before or the one given.
   */
  put(name: string, from: number, value: HostTensor): void {
    const before = this.plain.get(name)
    if (before && before.data.length !== value.data.length) {
      copy(value.data, this.room(name, from, value.data.length))
      this.spare.give(value)
      return
    }
    // A graph may give a new value in another shape: the same numbers in the same order.
    this.plain.set(name, before ? { ...value, shape: before.shape } : value)
    if (before) this.spare.give(before)
  }

  /** Where elements of a value lie that is not changed block by block here alone. */
  room(name: string, from: number, count: number): TypedData {
    const start = from - this.firstOf(name)
    const room = this.plain.get(name)?.data.subarray(start, start + count)
    if (room?.length !== count)
      throw new Error(`elements ${from} to ${from + count} of ${name} are not kept here`)
    return room
  }

  /** Copies another value over one that is there; others are left out. */
  assign(name: string, { type, shape, data }: HostTensor): void {
    const known = this.get(name)
    if (!known) return
    if (known.type !== type || known.shape.join() !== shape.join())
      throw new Error(`${name} is ${known.type}[${known.shape}], not ${type}[${shape}]`)
    const sliding = this.sliding.get(name)
    if (sliding) copy(data, sliding.current.data)
    else this.plain.set(name, { type, shape, data: data.slice() })
  }

  /** Bytes kept for values to come, beside those of the values themselves. */
  get spareBytes(): number {
    return [...this.sliding.values()].reduce((sum, value) => sum + value.spareBytes, this.spare.bytes)
  }
}
