import { createHash } from 'node:crypto'
import { emitGraph } from '../onnx/emit.ts'
import { emitSteps, inShapeOfStates } from '../onnx/emit-steps.ts'
import { SectionLowering, type GraphChoice } from './lowering.ts'
import { defaultRequest, type Request } from '../passes/lower/choose.ts'
import { topological } from '../ir/walk.ts'
import type { Binding, GraphSource } from '../ir/graph.ts'
import { isInput } from '../ops/leaf.ts'
import { isCut } from '../ops/stop.ts'
import type { Registry } from '../cut/registry.ts'
import type { Graph, GraphInput, GraphOutput, Rate, Section } from '../onnx/manifest.ts'

export type OutputPlan = Pick<GraphOutput, 'name' | 'role' | 'updates' | 'layer'>

/** One graph to emit: its bindings, with the role of each output. */
export interface GraphPlan {
  readonly name: string
  readonly description: string
  readonly inputs: readonly Binding[]
  readonly outputs: readonly (Binding & OutputPlan)[]
  readonly drop: readonly string[]
}

export interface EmittedSection {
  readonly section: Section
  readonly files: ReadonlyMap<string, Uint8Array>
  /** How its convolutions are computed. */
  readonly choices: readonly GraphChoice[]
}

const inputRole = ({ node }: Binding): GraphInput['role'] => {
  if (isCut(node)) return 'activity'
  if (!isInput(node)) throw new Error(`${node.op.name} is not an input`)
  return node.attributes.role as GraphInput['role']
}

/** A graph of the manifest, its bytes, and what a plan became: itself, then the updates taken out of it. */
interface Emitted {
  readonly graph: Graph
  readonly bytes: Uint8Array
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
  const lowering = new SectionLowering(request)
  const emitted = plans.map((plan, place) =>
    emitPlan(plan, readBy(plans.slice(place + 1)), { lowering, stepsPerRun }),
  )
  const files = new Map(emitted.flat().map(({ graph, bytes }) => [graph.file, bytes]))
  const graphs = emitted.flat().map(({ graph }) => graph)
  const read = new Set(graphs.flatMap(({ inputs }) => inputs.map(({ name }) => name)))
  // A registry that is traced again and again knows more than these graphs use.
  const kept = new Set([
    ...read,
    ...graphs.flatMap(({ outputs }) => outputs.flatMap(({ updates }) => updates ?? [])),
  ])
  const typed = (node: Binding['node']) => ({ type: node.dtype, shape: [...node.shape] })
  const section: Section = {
    batch,
    stepsPerRun,
    parameters: registry.parameters
      .filter(({ name }) => read.has(name))
      .map(({ name, layer, node, init }) => ({ name, layer, ...typed(node), init })),
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
    schedule: plans.flatMap(({ drop }, place) =>
      scheduled(emitted[place]?.map(({ graph }) => graph) ?? [], drop),
    ),
    ...(rate ? { rate } : {}),
  }
  return { section, files, choices: lowering.choices }
}

/** Parameters and states that graphs read. */
function readBy(plans: readonly GraphPlan[]): ReadonlySet<string> {
  return new Set(
    plans.flatMap(({ inputs, outputs }) => {
      const bound = new Set(inputs.map(({ node }) => node))
      const used = new Set(
        topological(
          outputs.map(({ node }) => node),
          (node) => bound.has(node),
        ),
      )
      return inputs.flatMap(({ name, node }) => (used.has(node) ? name : []))
    }),
  )
}

interface Emission {
  readonly lowering: SectionLowering
  readonly stepsPerRun: number
}

/** One plan's graphs, in the order in which they run. */
function emitPlan(
  plan: GraphPlan,
  kept: ReadonlySet<string>,
  { lowering, stepsPerRun }: Emission,
): Emitted[] {
  const { name, description, inputs, outputs } = plan
  const activities = new Set(outputs.flatMap((output) => (output.role === 'activity' ? output.name : [])))
  const replacing = new Map(
    outputs.flatMap(({ name, updates }) => (updates === undefined ? [] : [[name, updates] as const])),
  )
  const several = stepsPerRun > 1
  const crossing = { activities, updates: replacing, kept, inOne: several }
  const { source: lowered, updates } = lowering.run({ name, description, inputs, outputs }, crossing)
  const source = several ? inShapeOfStates(lowered, replacing) : lowered
  const known = new Map(outputs.map((output) => [output.name, output]))
  const hand = (name: string): OutputPlan => ({ name, role: 'activity' })
  const described = (source: GraphSource, sliced?: ReadonlySet<string>): Emitted => {
    const { bytes, inputs: read, cost } = several ? emitSteps(source, replacing) : emitGraph(source)
    const layout = (of: string) => (lowering.rows.has(of) ? { layout: 'rows' as const } : {})
    const roles = new Map(source.inputs.map((binding) => [binding.name, inputRole(binding)]))
    return {
      bytes,
      graph: {
        name: source.name,
        file: `${source.name}.onnx`,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        inputs: read.map((binding) => ({
          name: binding.name,
          role: roles.get(binding.name) ?? inputRole(binding),
          type: binding.node.dtype,
          shape: [...binding.node.shape],
          ...layout(binding.name),
          ...(sliced?.has(binding.name) === true ? { block: true as const } : {}),
        })),
        outputs: source.outputs.map(({ name, node }) => {
          const { role, updates, layer } = known.get(name) ?? hand(name)
          return {
            name,
            role,
            type: node.dtype,
            shape: [...node.shape],
            ...layout(name),
            ...(sliced ? { block: true as const } : {}),
            ...(updates === undefined ? {} : { updates }),
            ...(layer === undefined ? {} : { layer }),
          }
        }),
        cost,
      },
    }
  }
  const parts = updates.map(({ source, sliced, blocks }): Emitted => {
    const { graph, bytes } = described(source, sliced)
    return { bytes, graph: { ...graph, blocks } }
  })
  return [described(source), ...parts]
}

/** Each activity is dropped after the last of a plan's graphs that reads it: those it dropped, and what it handed on. */
function scheduled(graphs: readonly Graph[], drop: readonly string[]): Section['schedule'] {
  const [main, ...updates] = graphs
  const handed = updates.flatMap(({ inputs }) =>
    inputs.flatMap(({ name }) => (main?.outputs.some((output) => output.name === name) ? name : [])),
  )
  const dropped = new Set([...drop, ...handed])
  const left = new Set(dropped)
  const reversed = graphs.toReversed().map(({ name, inputs }, i) => {
    const mine = [...dropped].filter(
      (each) => left.has(each) && (i === graphs.length - 1 || inputs.some((input) => input.name === each)),
    )
    mine.forEach((each) => left.delete(each))
    return { graph: name, drop: mine }
  })
  return reversed.toReversed()
}
