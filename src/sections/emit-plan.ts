import { createHash } from 'node:crypto'
import { emitGraph } from '../onnx/emit.ts'
import { emitSteps, inShapeOfStates } from '../onnx/emit-steps.ts'
import { isInput } from '../ops/leaf.ts'
import { lowered } from '../passes/pipeline.ts'
import { isCut } from '../ops/stop.ts'
import type { Binding, GraphSource } from '../ir/graph.ts'
import type { InputRole } from '../bundle/roles.ts'
import type { Graph } from '../bundle/schema/graph.ts'
import type { Choice } from '../passes/convolution/choose.ts'
import type { Request } from '../passes/request.ts'
import type { GraphPlan, OutputPlan } from './plan.ts'

/** A graph of the manifest, and its bytes. */
export interface Emitted {
  readonly graph: Graph
  readonly bytes: Uint8Array
}

export interface Emission {
  readonly request: Request
  readonly stepsPerRun: number
  /** Parameters and states whose value of the step before later graphs read. */
  readonly kept: ReadonlySet<string>
  /** Activities that earlier graphs hand on as rows. */
  readonly rows: ReadonlySet<string>
}

/** What was decided for a convolution of a graph. */
export interface GraphChoice extends Choice {
  readonly graph: string
}

export interface EmittedPlan {
  /** The plan's own graph, then the updates that were taken out of it, in the order in which they run. */
  readonly graphs: readonly Emitted[]
  readonly choices: readonly GraphChoice[]
  /** Activities that are handed on as rows. */
  readonly rows: ReadonlySet<string>
}

export function emitPlan(
  plan: GraphPlan,
  { request, stepsPerRun, kept, rows: given }: Emission,
): EmittedPlan {
  const { name, prefix = '', description, inputs, outputs } = plan
  const replacing = new Map(
    outputs.flatMap(({ name, updates }) => (updates === undefined ? [] : [[name, updates] as const])),
  )
  const several = stepsPerRun > 1
  const { source, updates, rows, choices } = lowered({ name, description, inputs, outputs }, given, {
    request,
    activities: new Set(outputs.flatMap(({ name, role }) => (role === 'activity' ? name : []))),
    updates: replacing,
    kept,
    inOne: several,
  })
  const describe = (one: GraphSource, sliced?: ReadonlySet<string>): Emitted => {
    const source = several ? inShapeOfStates(one, replacing) : one
    const { bytes, inputs: read, cost } = several ? emitSteps(source, replacing) : emitGraph(source)
    return {
      bytes,
      graph: {
        name: source.name,
        file: `${source.name}.onnx`,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        inputs: read.map((binding) => ({
          ...{ name: binding.name, role: inputRole(binding), ...typed(binding, rows) },
          ...(sliced?.has(binding.name) === true ? { block: true as const } : {}),
        })),
        outputs: source.outputs.map((binding) => ({
          ...outputOf(binding, plan),
          ...typed(binding, rows),
          ...(sliced ? { block: true as const } : {}),
        })),
        cost,
      },
    }
  }
  const parts = updates.map(({ source, sliced, blocks }): Emitted => {
    const { graph, bytes } = describe({ ...source, name: `${prefix}${source.name}` }, sliced)
    return { bytes, graph: { ...graph, blocks } }
  })
  return {
    graphs: [describe(source), ...parts],
    choices: choices.map((choice) => ({ graph: name, ...choice })),
    rows,
  }
}

const typed = ({ name, node }: Binding, rows: ReadonlySet<string>) => ({
  type: node.dtype,
  shape: [...node.shape],
  ...(rows.has(name) ? { layout: 'rows' as const } : {}),
})

/** An output as the plan says; what it does not know is handed to an update. */
function outputOf({ name }: Binding, { outputs }: GraphPlan): OutputPlan {
  const { role, updates, layer } = outputs.find((output) => output.name === name) ?? {
    role: 'activity' as const,
  }
  return {
    name,
    role,
    ...(updates === undefined ? {} : { updates }),
    ...(layer === undefined ? {} : { layer }),
  }
}

const inputRole = ({ node }: Binding): InputRole => {
  if (isCut(node)) return 'activity'
  if (!isInput(node)) throw new Error(`${node.op.name} is not an input`)
  return node.attributes.role
}
