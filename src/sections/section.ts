import { createHash } from 'node:crypto'
import { emitGraph } from '../onnx/emit.ts'
import { emitSteps, inShapeOfStates } from '../onnx/emit-steps.ts'
import { SectionLowering, type GraphChoice } from './lowering.ts'
import { defaultRequest, type Request } from '../passes/lower/choose.ts'
import type { Binding } from '../ir/graph.ts'
import { isInput } from '../ops/leaf.ts'
import { isCut } from '../ops/stop.ts'
import type { Registry } from '../cut/registry.ts'
import type { Graph, GraphInput, GraphOutput, Rate, Section } from '../onnx/manifest.ts'

/** One graph to emit: its bindings, with the role of each output. */
export interface GraphPlan {
  readonly name: string
  readonly description: string
  readonly inputs: readonly Binding[]
  readonly outputs: readonly (Binding & Pick<GraphOutput, 'role' | 'updates' | 'layer'>)[]
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
  const files = new Map<string, Uint8Array>()
  const lowering = new SectionLowering(request)
  const graphs = plans.map(({ name, description, inputs, outputs }): Graph => {
    const activities = new Set(outputs.flatMap((output) => (output.role === 'activity' ? output.name : [])))
    const replaced = new Map(outputs.flatMap(({ name, updates }) => (updates ? [[name, updates]] : [])))
    const lowered = lowering.run({ name, description, inputs, outputs }, activities, new Set(replaced.keys()))
    const source = stepsPerRun === 1 ? lowered : inShapeOfStates(lowered, replaced)
    const emitted = stepsPerRun === 1 ? emitGraph(source) : emitSteps(source, replaced)
    const roles = new Map(inputs.map((binding) => [binding.name, inputRole(binding)]))
    const layout = (of: string) => (lowering.rows.has(of) ? { layout: 'rows' as const } : {})
    const file = `${name}.onnx`
    files.set(file, emitted.bytes)
    return {
      name,
      file,
      sha256: createHash('sha256').update(emitted.bytes).digest('hex'),
      inputs: emitted.inputs.map((binding) => ({
        name: binding.name,
        role: roles.get(binding.name) ?? inputRole(binding),
        type: binding.node.dtype,
        shape: [...binding.node.shape],
        ...layout(binding.name),
      })),
      outputs: outputs.map(({ name, role, updates, layer }, i) => ({
        name,
        role,
        type: source.outputs[i]?.node.dtype ?? 'float32',
        shape: [...(source.outputs[i]?.node.shape ?? [])],
        ...layout(name),
        ...(updates === undefined ? {} : { updates }),
        ...(layer === undefined ? {} : { layer }),
      })),
      cost: emitted.cost,
    }
  })
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
    schedule: plans.map(({ name, drop }) => ({ graph: name, drop: [...drop] })),
    ...(rate ? { rate } : {}),
  }
  return { section, files, choices: lowering.choices }
}
