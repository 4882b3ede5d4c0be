import { isFloat } from '../base/dtype.ts'
import { namesOf, runsOf } from './shard-names.ts'
import type { Graph, GraphInput, GraphOutput } from './schema/graph.ts'
import type { Section } from './schema/section.ts'

/**
 * What is wrong with how a section is dealt to shards, or with one that is not and says so in its graphs. What is of the
 * whole section alone, such as who reads what, `checkSections` looks at.
 */
export function problemOfShards(section: Section): string | undefined {
  const { shards, batch, graphs, schedule } = section
  if (shards === undefined) {
    const one = graphs.find(isOfShards)
    return one && `graph '${one.name}' is of shards, and the section has none`
  }
  if (shards > batch) return `${batch} images are dealt to ${shards} shards`
  for (const graph of graphs) {
    const problem = problemOfGraph(graph, shards)
    if (problem !== undefined) return `graph '${graph.name}' ${problem}`
  }
  const made = new Set<string>()
  const named = new Map(graphs.toReversed().map((graph) => [graph.name, graph]))
  for (const graph of schedule.flatMap(({ graph: name }) => named.get(name) ?? []))
    for (const output of graph.outputs.filter(({ role }) => role === 'activity'))
      for (const name of namesOf(output, runsOf(graph, section))) {
        if (made.has(name)) return `'${name}' is made twice in a step`
        made.add(name)
      }
  return undefined
}

const isOfShards = ({ each, by, inputs, outputs }: Graph): boolean =>
  each !== undefined ||
  by !== undefined ||
  inputs.some(({ role, shard }) => role === 'shard' || shard) ||
  outputs.some(({ shard }) => shard)

function problemOfGraph(graph: Graph, shards: number): string | undefined {
  const { each, by, blocks, inputs, outputs } = graph
  if (by !== undefined && by >= shards) return `is run by shard ${by} of ${shards}, which are counted from 0`
  if (each !== undefined && (blocks ?? by) !== undefined)
    return `is run by each shard, and says how else it is run: ${blocks === undefined ? 'by' : 'blocks'}`
  if (by !== undefined && blocks !== undefined) return 'is run in blocks, which all shards do, and by one'
  if (each === undefined) {
    const one = [...inputs, ...outputs].find((value) => value.role === 'shard' || value.shard)
    return one && `is not run by each shard, and '${one.name}' is each shard's own`
  }
  return problemOfInputs(inputs) ?? problemOfOutputs(outputs)
}

function problemOfInputs(inputs: readonly GraphInput[]): string | undefined {
  for (const { name, role, type, shape, block, shard } of inputs) {
    if (role === 'shard' && (type !== 'int64' || shape.length > 0 || block === true || shard === true))
      return `reads the number of its shard, '${name}', as something else than one whole number`
    if (shard && (role !== 'activity' || block))
      return `reads '${name}' as its shard's own, which only activity as a whole is`
    if (block && !isFloat(type)) return `reads '${name}' in blocks, which is not of floating-point numbers`
  }
  return undefined
}

/** Of what every shard gives, either each has its own, or each gives a part. */
function problemOfOutputs(outputs: readonly GraphOutput[]): string | undefined {
  for (const { name, role, block, shard, updates } of outputs) {
    if (shard && (role !== 'activity' || block || updates !== undefined))
      return `gives '${name}' as its shard's own, which only activity as a whole is`
    if (!shard && (!block || updates === undefined))
      return `gives '${name}' in every shard, and says neither that it is the shard's own nor a part of a new value`
  }
  return undefined
}
