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

/** Outputs that are computed of one another's values, and all that they are computed by. */
interface Cluster {
  readonly outputs: Set<Binding>
  readonly nodes: Set<Node>
}

const workOf = (nodes: Iterable<Node>): number =>
  [...nodes].reduce((sum, node) => sum + node.op.traits.work(node), 0)

/**
 * Deals what one graph changes to the shards: outputs that are computed of one another's values stay together, and each
 * shard does about as much. What little they share is computed by each. What is not in `updates` is done by shard 0.
 */
export function dealUpdates(source: GraphSource, updates: ReadonlySet<string>, shards: number): Group[] {
  const { rest, others } = clustersOf(source, updates)
  const all = [rest, ...others].map((cluster) => ({ ...cluster, work: workOf(cluster.nodes) }))
  if (all.reduce((sum, { work }) => sum + work, 0) < WORTH_DEALING) return [{ source, by: 0 }]
  const [own, ...dealt] = all
  const hands = Array.from({ length: shards }, (_, by) => ({ by, work: 0, outputs: new Set<Binding>() }))
  const give = (hand: (typeof hands)[number], cluster: Cluster & { readonly work: number }) => {
    cluster.outputs.forEach((each) => hand.outputs.add(each))
    hand.work += cluster.work
  }
  if (own) give(at(hands, 0), own)
  for (const cluster of dealt.sort((a, b) => b.work - a.work))
    give(
      hands.reduce((least, hand) => (hand.work < least.work ? hand : least)),
      cluster,
    )
  return hands.flatMap(({ by, outputs }) =>
    outputs.size === 0 ? [] : [{ source: only(source, outputs, by), by }],
  )
}

/** Clusters of outputs; `rest` is that of all that are no updates. */
function clustersOf(source: GraphSource, updates: ReadonlySet<string>) {
  const rest: Cluster = { outputs: new Set(), nodes: new Set() }
  const others = new Set<Cluster>()
  const homes = new Map<Node, Cluster>()
  for (const output of source.outputs) {
    const nodes = coneOf(source, output.node)
    const touched = new Set([...nodes].flatMap((node) => homes.get(node) ?? []))
    const isOfRest = !updates.has(output.name) || touched.has(rest)
    const home: Cluster = isOfRest ? rest : { outputs: new Set(), nodes: new Set() }
    for (const each of [...touched, { outputs: [output], nodes }]) {
      if (each === rest) continue
      each.outputs.forEach((one) => home.outputs.add(one))
      for (const one of each.nodes) {
        homes.set(one, home)
        home.nodes.add(one)
      }
    }
    touched.forEach((each) => others.delete(each))
    if (!isOfRest) others.add(home)
  }
  return { rest, others: [...others] }
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
