import { at } from '../../src/base/lists.ts'
import { stepsInRun } from '../../src/bundle/shard-names.ts'
import { GraphSession } from '../session/graph-session.ts'
import { isEmpty, scheduled, type Range, type Share } from '../values/share.ts'
import type { SessionOptions } from '../session/options.ts'
import type { Graph } from '../../src/bundle/schema/graph.ts'
import type { Graphs } from '../../src/bundle/bundle.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** What a section's graphs come from: a bundle, loaded or compiled, or sections that were compiled alone. */
export type GraphStore = Graphs<{ readonly program: Pick<Manifest['program'], 'dtype'> }>

/** What a graph is run by. */
export type GraphRuns = Pick<GraphSession, 'run' | 'release'>

/** A graph in its place in a step. */
export interface Stage {
  readonly graph: Graph
  /** Which of its runs are done here; where there is none, there is no session. */
  readonly turn: Range
  readonly session: GraphRuns | undefined
  /** Activities that no later graph reads. */
  readonly drop: readonly string[]
  /** Values that no later graph of the step reads: their new ones take their place at once. */
  readonly last: ReadonlySet<string>
}

/** Makes the sessions of a section's graphs, in the order of its schedule. */
export function createStages(
  bundle: GraphStore,
  section: Section,
  share: Share,
  options: SessionOptions,
): Promise<Stage[]> {
  // float64 is for proofs: there, one graph per layer and one for all must agree to the last bit.
  const exact = bundle.manifest.program.dtype === 'float64'
  const [stepsPerRun, { batch }] = [stepsInRun(section), section]
  return stagesOf(section, share, (graph) =>
    GraphSession.create({ graph, bytes: bundle.graph(graph), stepsPerRun, batch }, options, exact),
  )
}

/** Those of a share of a section: `open` makes what runs a graph. */
export async function stagesOf(
  section: Section,
  { turns }: Share,
  open: (graph: Graph) => Promise<GraphRuns>,
): Promise<Stage[]> {
  const stages: Stage[] = []
  for (const [place, graph] of scheduled(section).entries()) {
    const [turn, { drop }] = [at(turns, place), at(section.schedule, place)]
    const last = notReadAfter(section, place, graph)
    stages.push({ graph, turn, session: isEmpty(turn) ? undefined : await open(graph), drop, last })
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
