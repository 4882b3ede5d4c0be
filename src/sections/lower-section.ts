import { zip } from '../base/lists.ts'
import { inShapeOfStates } from '../onnx/emit-steps.ts'
import { nothingHandedOn } from '../passes/pixel-major/lying.ts'
import { lowered } from '../passes/through.ts'
import { describeGraph, type GraphDescription, type Placed } from './describe-graph.ts'
import { requireOwnInputs } from './own-inputs.ts'
import { withScalarsTogether } from './scalars.ts'
import { readLater, scheduled, type GraphPlan } from './plan.ts'
import type { Section } from '../bundle/schema/section.ts'
import type { Binding } from '../ir/graph.ts'
import type { Choice } from '../passes/convolution/choose.ts'
import type { PassState, Setting } from '../passes/pipeline.ts'
import type { Written } from '../passes/legalise/legalise.ts'
import type { Request } from '../passes/request.ts'
import type { TracedSection } from './section.ts'

/** What was decided for a convolution, or another op, of a graph. */
export type GraphChoice = Choice & { readonly graph: string }
export type GraphWritten = Written & { readonly graph: string }

/** A section as its manifest will say, but for what only files have. */
export type SectionDescription = Omit<Section, 'graphs'> & { readonly graphs: readonly GraphDescription[] }

/** A section after all passes: what is left is to write it. */
export interface LoweredSection {
  readonly section: SectionDescription
  /** Its graphs, in the order of the description. */
  readonly graphs: readonly Placed[]
  /** How its convolutions are computed, and its other ops written. */
  readonly choices: readonly GraphChoice[]
  readonly written: readonly GraphWritten[]
}

/** @param stepsPerRun with more than one, each graph is a loop over the steps of a run */
export function lowerSection(
  traced: TracedSection,
  { request, stepsPerRun = 1 }: { readonly request: Request; readonly stepsPerRun?: number },
): LoweredSection {
  const { plans } = traced
  plans.forEach(requireOwnInputs)
  const states = lowerPlans(plans, request, stepsPerRun > 1)
  const placed = states.map(([plan, state]) => placedGraphs(plan, state, stepsPerRun > 1))
  const described = placed.map((graphs) => graphs.map(describeGraph))
  const schedule = zip(plans, described).flatMap(([{ drop }, own]) => scheduled(own, drop))
  return {
    section: describeSection(traced, { graphs: described.flat(), schedule }, stepsPerRun),
    graphs: placed.flat(),
    choices: states.flatMap(([{ name }, { choices }]) => choices.map((each) => ({ graph: name, ...each }))),
    written: states.flatMap(([{ name }, { written }]) => written.map((each) => ({ graph: name, ...each }))),
  }
}

/** What a section says of itself, and of these graphs, which run so. */
export function describeSection(
  { registry, batch, rate, average, scaling }: Omit<TracedSection, 'plans'>,
  { graphs, schedule }: Pick<SectionDescription, 'graphs' | 'schedule'>,
  stepsPerRun = 1,
): SectionDescription {
  const read = new Set(graphs.flatMap(({ inputs }) => inputs.map(({ name }) => name)))
  // A registry that is traced again and again knows more than these graphs use.
  const replaced = new Set(graphs.flatMap(({ outputs }) => outputs.flatMap(({ updates }) => updates ?? [])))
  const kept = new Set([...read, ...replaced])
  const constantIn = (name: string) =>
    replaced.size === 0 || replaced.has(name) ? {} : { constant: true as const }
  const typed = (node: Binding['node']) => ({ type: node.dtype, shape: [...node.shape] })
  return {
    batch,
    stepsPerRun,
    parameters: registry.parameters
      .filter(({ name }) => read.has(name))
      .map(({ name, layer, node, init }) => ({
        name,
        layer,
        ...typed(node),
        init,
        ...constantIn(name),
      })),
    states: registry.states
      .filter(({ name }) => kept.has(name))
      .map(({ name, layer, node, start, averages }) => ({
        ...{ name, layer, ...typed(node), ...(start ? { start } : {}) },
        ...(averages === undefined ? {} : { averages }),
        ...constantIn(name),
      })),
    draws: registry.draws.filter(({ draw }) => read.has(draw.name)).map(({ draw }) => draw),
    graphs,
    schedule,
    ...(rate ? { rate } : {}),
    ...(average ? { average } : {}),
    ...(scaling ? { scaling } : {}),
  }
}

/** Takes graphs through the passes in the order in which they run: what one hands on, the next is given. */
function lowerPlans(
  plans: readonly GraphPlan[],
  request: Request,
  inOne: boolean,
): (readonly [GraphPlan, PassState])[] {
  let handed = nothingHandedOn
  return zip(plans, readLater(plans)).map(([plan, kept]) => {
    const { name, description, inputs, outputs } = plan
    const setting = settingOf(plan, { request, kept, inOne })
    const state = lowered({ name, description, inputs, outputs }, handed, setting)
    handed = state
    return [plan, state] as const
  })
}

/** What a plan tells the passes. */
export const settingOf = (plan: GraphPlan, asked: Pick<Setting, 'request' | 'kept' | 'inOne'>): Setting => ({
  ...asked,
  activities: new Set(plan.outputs.flatMap(({ name, role }) => (role === 'activity' ? name : []))),
  updates: replacedBy(plan),
  logs: new Set(plan.outputs.flatMap(({ name, role }) => (role === 'log' ? name : []))),
})

const replacedBy = ({ outputs }: GraphPlan): ReadonlyMap<string, string> =>
  new Map(outputs.flatMap(({ name, updates }) => (updates === undefined ? [] : [[name, updates] as const])))

/** The plan's own graph, then the updates that were taken out of it, in the order in which they run. */
function placedGraphs(lowered: GraphPlan, state: PassState, inOne: boolean): Placed[] {
  const { updates, pixelMajor } = state
  const { plan, source } = withScalarsTogether(lowered, state.source)
  const replacing = inOne ? replacedBy(plan) : undefined
  const { prefix = '' } = plan
  const own = { plan, pixelMajor, replacing, source: replacing ? inShapeOfStates(source, replacing) : source }
  const parts = updates.map(({ source, sliced, blocks }): Placed => {
    const named = { ...source, name: `${prefix}${source.name}` }
    return { plan, pixelMajor, replacing, source: named, blocks: { count: blocks, sliced } }
  })
  return [own, ...parts]
}
