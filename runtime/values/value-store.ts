import { SlidingValue } from './sliding-value.ts'
import { SpareMemory } from './spare-memory.ts'
import { allocate, copy, elements, type HostTensor } from './tensor.ts'
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

  /** Takes what the section's graphs read. */
  constructor({ graphs, parameters, states }: Section, source: ValueSource) {
    const blockSizes = new Map(
      graphs.flatMap(({ blocks, outputs }) =>
        outputs.flatMap(({ updates, shape }) =>
          blocks === undefined || updates === undefined ? [] : [[updates, elements(shape)] as const],
        ),
      ),
    )
    // A graph that reads blocks does not say how the whole is shaped.
    const whole = new Map([...parameters, ...states].map((each) => [each.name, each.shape]))
    for (const { name, role, type, shape } of graphs.flatMap(({ inputs }) => inputs)) {
      if ((role !== 'parameter' && role !== 'state') || this.has(name)) continue
      const value = this.allocate({ type, shape: whole.get(name) ?? shape }, name, blockSizes.get(name))
      if (!source.fill(name, value.data)) throw new Error(`no value for ${role} ${name}`)
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

  /** A view of the value as it is now, valid until it is changed. */
  get(name: string): HostTensor | undefined {
    return this.plain.get(name) ?? this.sliding.get(name)?.current
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

  /** Puts a new value in place of the one before, whose memory becomes free. */
  replace(name: string, value: HostTensor): void {
    const before = this.plain.get(name)
    // A graph may give a new value in another shape (in blocks): the same numbers in the same order.
    this.plain.set(name, before ? { ...value, shape: before.shape } : value)
    if (before) this.spare.give(before)
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

  private has(name: string): boolean {
    return this.plain.has(name) || this.sliding.has(name)
  }
}
