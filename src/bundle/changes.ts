import type { Graph } from './schema/graph.ts'
import type { Section } from './schema/section.ts'

type OrderedGraph = Pick<Graph, 'name' | 'inputs' | 'outputs' | 'blocks'>
interface Ordered<One extends OrderedGraph = OrderedGraph> extends Pick<Section, 'schedule'> {
  readonly graphs: readonly One[]
}

/** The graphs in the order in which they run, each with those after it that change values for it block by block. */
export function turnsOfSection<One extends OrderedGraph>({ graphs, schedule }: Ordered<One>): One[][] {
  const units: One[][] = []
  const named = new Map(graphs.toReversed().map((graph) => [graph.name, graph]))
  for (const { graph: name } of schedule) {
    const graph = named.get(name)
    if (!graph) continue
    const last = units.at(-1)
    if (graph.blocks !== undefined && last) last.push(graph)
    else units.push([graph])
  }
  return units
}

/** A parameter or state that one graph of a section changes and another reads. */
export interface SharedChange {
  readonly name: string
  readonly changer: string
  readonly reader: string
  /** Whether the graph that reads it runs before the one that changes it. */
  readonly readFirst: boolean
}

/**
 * The first value that a graph reads and another changes, in the order of the schedule. Without one, graphs can
 * work on different batches: each needs of the others only activity, which is made anew for each batch.
 */
export function sharedChange(section: Ordered): SharedChange | undefined {
  const order = turnsOfSection(section).flatMap((unit, number) => unit.map((graph) => ({ graph, number })))
  const changers = new Map<string, number[]>()
  for (const [place, { graph }] of order.entries())
    for (const { updates } of graph.outputs)
      if (updates !== undefined) changers.set(updates, [...(changers.get(updates) ?? []), place])
  for (const [place, { graph: reader, number }] of order.entries())
    for (const { name } of reader.inputs) {
      const changer = changers.get(name)?.find((other) => order[other]?.number !== number)
      const found = changer === undefined ? undefined : order[changer]
      if (found && changer !== undefined)
        return { name, changer: found.graph.name, reader: reader.name, readFirst: place < changer }
    }
  return undefined
}
