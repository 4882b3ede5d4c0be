import type { Section } from './manifest.ts'

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
export function sharedChange({
  graphs,
  schedule,
}: Pick<Section, 'graphs' | 'schedule'>): SharedChange | undefined {
  const order = schedule.flatMap(({ graph }) => graphs.find(({ name }) => name === graph) ?? [])
  for (const [place, reader] of order.entries())
    for (const { name } of reader.inputs) {
      const changer = order.findIndex(
        ({ outputs }, i) => i !== place && outputs.some(({ updates }) => updates === name),
      )
      const found = order[changer]
      if (found) return { name, changer: found.name, reader: reader.name, readFirst: place < changer }
    }
  return undefined
}
