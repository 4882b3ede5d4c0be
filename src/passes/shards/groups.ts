import { at, found } from '../../base/lists.ts'
import { elements } from '../../base/type.ts'
import { topological } from '../../ir/walk.ts'
import { isConstant, isInput } from '../../ops/leaf.ts'
import type { Binding, GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'

/** A graph that one shard runs. */
export interface Group {
  readonly source: GraphSource
  readonly by: number
}

/** Below this much work a graph more costs more than it saves. */
const WORTH_DEALING = 2 ** 15

/**
 * Deals what one graph changes to the shards: outputs that are computed of one another's values stay together, and each
 * shard does about as much. What little they share is computed by each. What is not in `updates` is done by shard 0.
 */
export function dealUpdates(source: GraphSource, updates: ReadonlySet<string>, shards: number): Group[] {
  const cones = source.outputs.map((output) => ({ output, cone: coneOf(source, output.node) }))
  const work = (nodes: Iterable<Node>) => [...nodes].reduce((sum, node) => sum + node.op.traits.work(node), 0)
  if (work(new Set(cones.flatMap(({ cone }) => [...cone]))) < WORTH_DEALING) return [{ source, by: 0 }]
  const clusters: { outputs: Set<Binding>; nodes: Set<Node> }[] = []
  const rest = { outputs: new Set<Binding>(), nodes: new Set<Node>() }
  clusters.push(rest)
  for (const { output, cone } of cones) {
    const touching = clusters.filter(
      (each) =>
        (each === rest && !updates.has(output.name)) || [...cone].some((node) => each.nodes.has(node)),
    )
    const [first] = touching
    const home = first ?? { outputs: new Set<Binding>(), nodes: new Set<Node>() }
    if (!first) clusters.push(home)
    for (const other of touching.slice(1)) {
      other.outputs.forEach((each) => home.outputs.add(each))
      other.nodes.forEach((each) => home.nodes.add(each))
      clusters.splice(clusters.indexOf(other), 1)
    }
    home.outputs.add(output)
    cone.forEach((node) => home.nodes.add(node))
  }
  const loads = Array.from({ length: shards }, () => 0)
  const dealt = Array.from({ length: shards }, () => new Set<Binding>())
  const others = clusters.filter((each) => each !== rest).map((each) => ({ ...each, work: work(each.nodes) }))
  const give = (shard: number, outputs: ReadonlySet<Binding>, more: number) => {
    outputs.forEach((each) => at(dealt, shard).add(each))
    loads[shard] = at(loads, shard) + more
  }
  give(0, rest.outputs, work(rest.nodes))
  for (const each of others.toSorted((a, b) => b.work - a.work))
    give(loads.indexOf(Math.min(...loads)), each.outputs, each.work)
  return dealt.flatMap((outputs, by) =>
    outputs.size === 0 ? [] : [{ source: only(source, outputs, by), by }],
  )
}

function only(source: GraphSource, outputs: ReadonlySet<Binding>, by: number): GraphSource {
  const own = source.outputs.filter((each) => outputs.has(each))
  const read = new Set(topological(own.map(({ node }) => node)))
  return {
    ...source,
    name: `${source.name}.${by}`,
    inputs: source.inputs.filter(({ node }) => read.has(node)),
    outputs: own,
  }
}

/** What an output is computed by, but for what is little and computed of little: each reader may do that again. */
function coneOf({ inputs }: GraphSource, root: Node): ReadonlySet<Node> {
  const bound = new Set(inputs.map(({ node }) => node))
  const order = topological([root], (node) => bound.has(node))
  const little = new Map<Node, boolean>()
  for (const node of order)
    little.set(
      node,
      elements(node.shape) <= 1 && node.inputs.every((each) => found(little, each, each.op.name)),
    )
  return new Set(
    order.filter(
      (node) => !bound.has(node) && !isInput(node) && !isConstant(node) && little.get(node) === false,
    ),
  )
}
