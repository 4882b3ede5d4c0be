import type { Graph, Section } from './manifest.ts'

type Ordered = Pick<Section, 'graphs' | 'schedule'>

/** The graphs in the order in which they run, each with those after it that change values for it block by block. */
export function unitsOf({ graphs, schedule }: Ordered): Graph[][] {
  const units: Graph[][] = []
  for (const { graph: name } of schedule) {
    const graph = graphs.find((each) => each.name === name)
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
  const order = unitsOf(section).flatMap((unit, number) => unit.map((graph) => ({ graph, number })))
  for (const [place, { graph: reader, number }] of order.entries())
    for (const { name } of reader.inputs) {
      const changer = order.findIndex(
        (other) => other.number !== number && other.graph.outputs.some(({ updates }) => updates === name),
      )
      const found = order[changer]
      if (found) return { name, changer: found.graph.name, reader: reader.name, readFirst: place < changer }
    }
  return undefined
}
