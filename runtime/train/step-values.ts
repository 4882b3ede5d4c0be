import { UserError } from '../../src/base/error.ts'
import { nameIn } from '../../src/bundle/shard-names.ts'
import { discard } from '../session/discard.ts'
import { elements, type HostTensor } from '../values/tensor.ts'
import type { ValueStore } from '../values/value-store.ts'
import type { Graph, GraphInput } from '../../src/bundle/schema/graph.ts'

/** All that the graphs of a step are given, by name: from outside, what is kept, and what other graphs made. */
export class StepValues {
  /** Made here, and not dropped yet. */
  readonly activities = new Map<string, HostTensor>()
  /** Those that others made: their memory is used again. */
  private arrived: ReadonlyMap<string, HostTensor>[] = []
  private readonly external: ReadonlyMap<string, HostTensor>
  private readonly store: ValueStore

  constructor(external: ReadonlyMap<string, HostTensor>, store: ValueStore) {
    this.external = external
    this.store = store
  }

  /** What an input of a graph is given in run number `run`. */
  feed(graph: Graph, input: GraphInput, run: number): HostTensor {
    if (input.role === 'shard') return { type: 'int64', shape: [], data: BigInt64Array.of(BigInt(run)) }
    if (!input.block) return this.whole(graph, nameIn(input, run))
    const { type, shape } = input
    const size = elements(shape)
    return { type, shape, data: this.part(graph, input.name, run * size, size) }
  }

  /** Takes what others made in. */
  add(arrived: ReadonlyMap<string, HostTensor>): void {
    if (arrived.size > 0) this.arrived.push(arrived)
  }

  /** What no later graph reads; its memory is free at once. */
  drop(name: string): void {
    const dropped = this.activities.get(name)
    if (dropped) discard({ [name]: dropped })
    this.activities.delete(name)
  }

  private whole(graph: Graph, name: string): HostTensor {
    const value =
      this.external.get(name) ??
      this.store.get(name) ??
      this.activities.get(name) ??
      this.arrived.find((some) => some.has(name))?.get(name)
    if (!value) throw lacking(graph, name)
    return value
  }

  private part(graph: Graph, name: string, from: number, size: number): Float32Array | Float64Array {
    const { data } = this.whole(graph, name)
    const start = from - this.store.firstOf(name)
    if (data instanceof Float32Array || data instanceof Float64Array)
      return data.subarray(start, start + size)
    throw new Error('blocks are cut of floating-point tensors')
  }
}

/** Modules see whether they train, and may draw all the same; for features nobody draws, so that they are always the same. */
function lacking({ name: graph, inputs }: Graph, name: string): Error {
  if (inputs.find((input) => input.name === name)?.role !== 'draw')
    return new Error(`graph ${graph} needs ${name}`)
  return new UserError('ProgramError', `graph ${graph} draws '${name}' at random, where nothing is trained`, {
    help: 'Have the module draw in training alone, as dropout does: its scope says which it is, by `training`.',
  })
}
