import { bytesOf } from '../ir/budget.ts'
import { inputsOf } from '../onnx/emit.ts'
import { inputsOfSteps } from '../onnx/emit-steps.ts'
import { isInput } from '../ops/leaf.ts'
import { isCut } from '../ops/stop.ts'
import { costOf, type Cost } from '../passes/cost.ts'
import type { InputRole } from '../bundle/roles.ts'
import type { Graph } from '../bundle/schema/graph.ts'
import type { Binding, GraphSource } from '../ir/graph.ts'
import type { GraphPlan, OutputPlan } from './plan.ts'

/** What a manifest says of a graph that is not written yet. */
export interface GraphDescription extends Pick<
  Graph,
  'name' | 'inputs' | 'outputs' | 'blocks' | 'each' | 'by'
> {
  readonly cost: Cost & { readonly parameterBytes: number }
}

/** A graph as it leaves the passes, and how it stands among the others of its section. */
export interface Placed {
  readonly plan: GraphPlan
  readonly source: GraphSource
  /** Activities that cross in pixel-major layout. */
  readonly pixelMajor: ReadonlySet<string>
  /** Of a graph that does several steps in a run: its outputs that replace inputs. */
  readonly replacing: ReadonlyMap<string, string> | undefined
  /** Of a graph that takes any number of images. */
  readonly anyBatch?: true
  /** Of an update that is run block by block: how often, and the inputs that are given in blocks. */
  readonly blocks?: { readonly count: number; readonly sliced: ReadonlySet<string> }
  /** Of a graph that every shard runs: the inputs and outputs of which each has its own, and parameters of which it reads its part. */
  readonly ofShards?: { readonly own: ReadonlySet<string>; readonly blocks: ReadonlySet<string> }
  /** Of one that is run once: by which shard. */
  readonly by?: number
}

export function describeGraph(placed: Placed): GraphDescription {
  const { plan, source, pixelMajor, replacing, blocks, ofShards, by } = placed
  const read = replacing ? inputsOfSteps(source, replacing) : inputsOf(source)
  const inBlocks = (isOne: boolean) => (isOne ? { block: true as const } : {})
  const ofShard = ({ name }: Binding) => (ofShards?.own.has(name) === true ? { shard: true as const } : {})
  return {
    name: source.name,
    inputs: read.map((binding) => ({
      name: binding.name,
      role: inputRole(binding),
      ...typed(binding, pixelMajor),
      ...inBlocks((blocks?.sliced ?? ofShards?.blocks)?.has(binding.name) === true),
      ...ofShard(binding),
    })),
    outputs: source.outputs.map((binding) => ({
      ...outputOf(binding, plan),
      ...typed(binding, pixelMajor),
      ...inBlocks(blocks !== undefined),
      ...ofShard(binding),
    })),
    ...(blocks ? { blocks: blocks.count } : {}),
    ...(ofShards ? { each: 'shard' as const } : {}),
    ...(by === undefined ? {} : { by }),
    cost: { ...costOf(source), parameterBytes: parameterBytes(read) },
  }
}

const parameterBytes = (read: readonly Binding[]): number =>
  read
    .filter(({ node }) => isInput(node) && node.attributes.role === 'parameter')
    .reduce((sum, { node }) => sum + bytesOf(node), 0)

const typed = ({ name, node }: Binding, pixelMajor: ReadonlySet<string>) => ({
  type: node.dtype,
  shape: [...node.shape],
  ...(pixelMajor.has(name) ? { layout: 'pixel-major' as const } : {}),
})

/** An output as the plan says; what it does not know is handed to an update. */
function outputOf({ name }: Binding, { outputs }: GraphPlan): OutputPlan {
  const planned = outputs.find((output) => output.name === name)
  if (!planned) return { name, role: 'activity' }
  const { role, updates, layer, log, of, holds } = planned
  return {
    ...{ name, role },
    ...(updates === undefined ? {} : { updates }),
    ...(layer === undefined ? {} : { layer }),
    ...(log === undefined ? {} : { log }),
    ...(of ? { of } : {}),
    ...(holds ? { holds } : {}),
  }
}

const inputRole = ({ node }: Binding): InputRole => {
  if (isCut(node)) return 'activity'
  if (!isInput(node)) throw new Error(`${node.op.name} is not an input`)
  return node.attributes.role
}
