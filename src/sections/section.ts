import { meaning } from '../ir/meaning.ts'
import { defaultRequest, type Request } from '../passes/request.ts'
import { zip } from '../base/lists.ts'
import { emitPlan, type EmittedPlan, type GraphChoice } from './emit-plan.ts'
import { requireOwnInputs } from './own-inputs.ts'
import { readLater, scheduled, type GraphPlan } from './plan.ts'
import type { Binding } from '../ir/graph.ts'
import type { Registry } from '../cut/registry.ts'
import type { Rate } from '../bundle/schema/rate.ts'
import type { Section } from '../bundle/schema/section.ts'

export interface EmittedSection {
  readonly section: Section
  readonly files: ReadonlyMap<string, Uint8Array>
  /** How its convolutions are computed. */
  readonly choices: readonly GraphChoice[]
  /** What the graphs compute, however they do: the SHA-256 of their plans. */
  readonly meaning: string
}

/**
 * Emits the graphs that run together and describes them for the manifest.
 *
 * @param stepsPerRun with more than one, each graph is a loop over the steps of a run
 */
export function emitSection(
  plans: readonly GraphPlan[],
  registry: Registry,
  batch: number,
  rate?: Rate,
  request: Request = defaultRequest,
  stepsPerRun = 1,
): EmittedSection {
  plans.forEach(requireOwnInputs)
  const emitted: EmittedPlan[] = []
  let rows: ReadonlySet<string> = new Set()
  for (const [plan, kept] of zip(plans, readLater(plans))) {
    const one = emitPlan(plan, { request, stepsPerRun, kept, rows })
    emitted.push(one)
    rows = one.rows
  }
  const files = new Map(emitted.flatMap((each) => each.graphs.map(({ graph, bytes }) => [graph.file, bytes])))
  const graphs = emitted.flatMap((each) => each.graphs.map(({ graph }) => graph))
  const read = new Set(graphs.flatMap(({ inputs }) => inputs.map(({ name }) => name)))
  // A registry that is traced again and again knows more than these graphs use.
  const replaced = new Set(graphs.flatMap(({ outputs }) => outputs.flatMap(({ updates }) => updates ?? [])))
  const kept = new Set([...read, ...replaced])
  const typed = (node: Binding['node']) => ({ type: node.dtype, shape: [...node.shape] })
  const section: Section = {
    batch,
    stepsPerRun,
    parameters: registry.parameters
      .filter(({ name }) => read.has(name))
      .map(({ name, layer, node, init }) => ({
        name,
        layer,
        ...typed(node),
        init,
        ...(replaced.size === 0 || replaced.has(name) ? {} : { constant: true as const }),
      })),
    states: registry.states
      .filter(({ name }) => kept.has(name))
      .map(({ name, layer, node, start }) => ({
        name,
        layer,
        ...typed(node),
        ...(start ? { start } : {}),
      })),
    draws: registry.draws.filter(({ draw }) => read.has(draw.name)).map(({ draw }) => draw),
    graphs,
    schedule: zip(plans, emitted).flatMap(([{ drop }, one]) =>
      scheduled(
        one.graphs.map(({ graph }) => graph),
        drop,
      ),
    ),
    ...(rate ? { rate } : {}),
  }
  return {
    section,
    files,
    choices: emitted.flatMap(({ choices }) => choices),
    meaning: meaning(plans.flatMap(({ outputs }) => outputs)),
  }
}
