import { GraphSession } from '../session/graph-session.ts'
import type { SessionOptions } from '../session/options.ts'
import type { Graph } from '../../src/bundle/schema/graph.ts'
import type { Graphs } from '../../src/bundle/bundle.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** What a section's graphs come from: a bundle, loaded or compiled, or sections that were compiled alone. */
export type GraphStore = Graphs<{ readonly program: Pick<Manifest['program'], 'dtype'> }>

/** A graph in its place in a step. */
export interface Stage {
  readonly graph: Graph
  readonly session: GraphSession
  /** Activities that no later graph reads. */
  readonly drop: readonly string[]
  /** Values that no later graph of the step reads: their new ones take their place at once. */
  readonly last: ReadonlySet<string>
}

/** Makes the sessions of a section's graphs, in the order of its schedule. */
export async function createStages(
  bundle: GraphStore,
  section: Section,
  options: SessionOptions,
): Promise<Stage[]> {
  // float64 is for proofs: there, one graph per layer and one for all must agree to the last bit.
  const exact = bundle.manifest.program.dtype === 'float64'
  const { stepsPerRun, batch } = section
  const stages: Stage[] = []
  for (const [place, { graph: name, drop }] of section.schedule.entries()) {
    const graph = section.graphs.find((each) => each.name === name)
    if (!graph) throw new Error(`no graph ${name}`)
    const last = notReadAfter(section, place, graph)
    const bytes = bundle.graph(graph)
    const session = await GraphSession.create({ graph, bytes, stepsPerRun, batch }, options, exact)
    stages.push({ graph, session, drop, last })
  }
  return stages
}

/** All graphs of a step read the values of the step before: these are not read after the graph in this place. */
function notReadAfter({ schedule, graphs }: Section, place: number, graph: Graph): Set<string> {
  const later = new Set(schedule.slice(place + 1).map(({ graph: name }) => name))
  const read = new Set(
    graphs.filter(({ name }) => later.has(name)).flatMap(({ inputs }) => inputs.map(({ name }) => name)),
  )
  return new Set(
    graph.outputs.flatMap(({ updates }) => (updates === undefined || read.has(updates) ? [] : updates)),
  )
}
