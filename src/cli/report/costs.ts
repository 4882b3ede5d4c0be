import { elements } from '../../base/type.ts'
import type { GraphCost, LayerCost } from '../../../report/index.ts'
import type { Graph } from '../../bundle/schema/graph.ts'
import type { Manifest } from '../../bundle/manifest.ts'

/** What a step costs, by the compiler's count and by the clock. */

/** Every graph of a training step; one that is run block by block counts as often as it is run. */
export const graphCosts = (
  { train }: Manifest,
  milliseconds: ReadonlyMap<string, number>,
): readonly GraphCost[] =>
  train.graphs.map(({ name, cost, blocks = 1 }) => ({
    name,
    nodes: cost.nodes,
    flops: blocks * cost.flops,
    milliseconds: milliseconds.get(name),
  }))

/** The one layer that a graph is of; undefined of one that is of several. */
function layerOf({ name, outputs }: Graph, { program, train }: Manifest): string | undefined {
  const owner = new Map([...train.parameters, ...train.states].map((each) => [each.name, each.layer]))
  const names = new Set(
    outputs.flatMap(({ layer, updates }) => {
      const of = updates === undefined ? layer : owner.get(updates)
      return of === undefined ? [] : [of]
    }),
  )
  const [only, ...others] = names
  if (only !== undefined) return others.length === 0 ? only : undefined
  // A frozen layer's graph gives its activity alone.
  return program.layers.some((layer) => layer.name === name) ? name : undefined
}

/** By layer where each graph is of one; what is not known layer by layer is left out. */
export function layerCosts(
  manifest: Manifest,
  milliseconds: ReadonlyMap<string, number>,
): readonly LayerCost[] {
  const { program, train, encode } = manifest
  const owners = train.graphs.map((graph) => ({ graph, layer: layerOf(graph, manifest) }))
  const isByLayer = owners.every(({ layer }) => layer !== undefined)
  const isTimed = train.graphs.every(({ name }) => milliseconds.has(name))
  const parameters = new Map([...encode.parameters, ...train.parameters].map((each) => [each.name, each]))
  return program.layers.map(({ name }) => {
    const own = owners.flatMap(({ graph, layer }) => (layer === name ? [graph] : []))
    const sum = (of: (graph: Graph) => number) => own.reduce((total, graph) => total + of(graph), 0)
    return {
      layer: name,
      parameters: [...parameters.values()].reduce(
        (total, { layer, shape }) => total + (layer === name ? elements(shape) : 0),
        0,
      ),
      ...(isByLayer
        ? {
            flops: sum(({ cost, blocks = 1 }) => blocks * cost.flops),
            bytes: Math.max(0, ...own.map(({ cost }) => cost.peakBytes ?? cost.activationBytes)),
          }
        : {}),
      ...(isByLayer && isTimed ? { milliseconds: sum((graph) => milliseconds.get(graph.name) ?? NaN) } : {}),
    }
  })
}
