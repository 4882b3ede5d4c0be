import { bytesPerElement, elements, type HostTensor } from '../../values/tensor.ts'
import type { Section } from '../../../src/bundle/schema/section.ts'

/** Activity that layers of one group make, and those of another read. */
export interface Crossing extends Pick<HostTensor, 'type' | 'shape'> {
  readonly name: string
  /** The graph that makes it, and that graph's group. */
  readonly graph: string
  readonly from: number
}

/** What each group reads of those before it. */
export function crossingsOf(groups: readonly Pick<Section, 'graphs'>[]): Crossing[][] {
  const made = new Map<string, Crossing>()
  return groups.map(({ graphs }, from) => {
    const wanted = new Set(graphs.flatMap(({ inputs }) => inputs.map(({ name }) => name)))
    const read = [...made.values()].filter(({ name }) => wanted.has(name))
    for (const { name: graph, outputs } of graphs)
      for (const { name, type, shape, updates } of outputs)
        if (updates === undefined) made.set(name, { name, type, shape, graph, from })
    return read
  })
}

/** Bytes that cross in a step. */
export const bytesAStep = (crossings: readonly Crossing[]): number =>
  crossings.reduce((sum, { type, shape }) => sum + bytesPerElement[type] * elements(shape), 0)
