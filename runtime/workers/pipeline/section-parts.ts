import { namesOf, runsOf } from '../../../src/bundle/shard-names.ts'
import { unitsOf } from './units.ts'
import type { Graph } from '../../../src/bundle/schema/graph.ts'
import type { Section } from '../../../src/bundle/schema/section.ts'

/** The graphs of a section, by name, in the order in which they run. */
export const graphsIn = ({ schedule }: Section): string[] => schedule.map(({ graph }) => graph)

/** Each unit of a section as a part. */
export const unitsAlone = (section: Section): Section[] => withGraphs(section, unitsOf(section))

/**
 * A section in parts, each with what it keeps; it hands on the activity that later parts read.
 *
 * @param parts names of the graphs of each
 */
export const withGraphs = (section: Section, parts: readonly (readonly string[])[]): Section[] =>
  parts.map((own, i) => part(section, new Set(own), new Set(parts.slice(i + 1).flat())))

/** The same by how many graphs each part runs, in the order of the schedule: wherever that is done, it is the same. */
export function inParts(section: Section, sizes: readonly number[]): Section[] {
  const graphs = graphsIn(section)
  let first = 0
  return withGraphs(
    section,
    sizes.map((size) => graphs.slice(first, (first += size))),
  )
}

function part(section: Section, own: ReadonlySet<string>, later: ReadonlySet<string>): Section {
  const named = (names: ReadonlySet<string>) => section.graphs.filter(({ name }) => names.has(name))
  const graphs = named(own)
  const namesIn = (graph: Graph, values: Graph['inputs'] | Graph['outputs']) =>
    values.flatMap((value) => namesOf(value, runsOf(graph, section)))
  const readLater = new Set(named(later).flatMap((graph) => namesIn(graph, graph.inputs)))
  const made = new Set(graphs.flatMap((graph) => namesIn(graph, graph.outputs)))
  const kept = new Set(
    graphs.flatMap(({ inputs, outputs }) => [
      ...inputs.map(({ name }) => name),
      ...outputs.flatMap(({ updates }) => updates ?? []),
    ]),
  )
  const { scaling } = section
  return {
    ...section,
    graphs,
    schedule: section.schedule
      .filter(({ graph }) => own.has(graph))
      .map(({ graph, drop }) => ({
        graph,
        drop: drop.filter((name) => made.has(name) && !readLater.has(name)),
      })),
    parameters: section.parameters.filter(({ name }) => kept.has(name)),
    states: section.states.filter(({ name }) => kept.has(name)),
    ...(scaling
      ? { scaling: { ...scaling, blocks: scaling.blocks.filter(({ steps }) => kept.has(steps)) } }
      : {}),
  }
}
