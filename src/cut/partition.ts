import { freeName } from '../base/free-name.ts'
import { forwardGraph, learnGraph, logName, lossName, primed } from '../ir/value-names.ts'
import { topological } from '../ir/walk.ts'
import { cutName, isCut } from '../ops/stop.ts'
import { unary } from '../ops/arity.ts'
import type { Node } from '../ir/node.ts'
import type { Binding } from '../ir/graph.ts'
import type { BlockUpdate } from './block-update.ts'
import type { Trace } from './trace.ts'

/** What one graph of a training step computes. */
export interface StepGraph {
  readonly name: string
  readonly description: string
  /** Activities of other blocks that it reads. */
  readonly reads: readonly Node[]
  /** Activities that it hands on, as boundaries. */
  readonly gives: readonly Node[]
  /** The block's loss and updates, where the graph learns. */
  readonly blockUpdate: BlockUpdate | undefined
}

/** All in one graph: the cuts are only stops of gradients. */
export const fuse = ({ blockUpdates }: Trace): StepGraph[] => {
  const blockUpdate: BlockUpdate = {
    layers: blockUpdates.flatMap(({ layers }) => layers),
    loss: undefined,
    log: [],
    taught: blockUpdates.flatMap(({ taught }) => taught),
    updates: blockUpdates.flatMap(({ updates }) => updates),
  }
  return [
    { name: 'train', description: 'One training step of all layers.', reads: [], gives: [], blockUpdate },
  ]
}

/**
 * One graph per block, which computes the block's activity and its learning step. A block that reads activity
 * which is not known when its own is needed (the top layer's, say) is split into a forward and a learn graph;
 * the learn graph computes the block's activity again, which costs less than handing its inner values over.
 */
export function partition({ blockUpdates }: Trace): StepGraph[] {
  const blocks = blockUpdates.map((blockUpdate) => {
    const own = new Set(blockUpdate.layers.map(({ boundary }) => cutName(boundary)))
    const roots = [
      ...(blockUpdate.loss ? [blockUpdate.loss] : []),
      ...[...blockUpdate.updates, ...blockUpdate.log].map(({ node }) => node),
    ]
    const outputs = blockUpdate.layers.map(({ out }) => out)
    const forward = foreignCuts(outputs, own)
    return { blockUpdate, own, forward, learning: foreignCuts(roots, own) }
  })
  const owner = (node: Node) => blocks.findIndex(({ own }) => own.has(cutName(node)))
  const below = (index: number, seen = new Set<number>()): Set<number> => {
    for (const node of blocks[index]?.forward ?? []) {
      const source = owner(node)
      if (!seen.has(source)) below(source, seen.add(source))
    }
    return seen
  }
  const demanded = new Map(
    blocks.flatMap(({ forward, learning }) => [...forward, ...learning]).map((node) => [cutName(node), node]),
  )

  const names = uniqueNames(blockUpdates.map(blockName))
  return blocks.flatMap(({ blockUpdate, own, forward, learning }, index): StepGraph[] => {
    const name = names[index] ?? blockName(blockUpdate)
    const gives = [...demanded].flatMap(([cut, node]) => (own.has(cut) ? [node] : []))
    const known = below(index)
    const reads = [...new Set([...forward, ...learning])]
    if (blockUpdate.layers.every(({ frozen }) => frozen)) {
      const graph = { name, description: `Activity of ${name}, which is frozen.`, reads: forward, gives }
      return gives.length === 0 ? [] : [{ ...graph, blockUpdate: undefined }]
    }
    if (learning.every((node) => known.has(owner(node))) || gives.length === 0)
      return [{ name, description: `Activity and learning step of ${name}.`, reads, gives, blockUpdate }]
    return [
      {
        name: forwardGraph(name),
        description: `Activity of ${name}.`,
        reads: forward,
        gives,
        blockUpdate: undefined,
      },
      {
        name: learnGraph(name),
        description: `Learning step of ${name}.`,
        reads: learning,
        gives: [],
        blockUpdate,
      },
    ]
  })
}

const blockName = ({ layers }: BlockUpdate): string => {
  const [first, last] = [layers[0]?.name ?? '', layers.at(-1)?.name ?? '']
  return first === last ? first : `${first}-${last}`
}

/** A layer may be called as a block is: `a-b`. */
function uniqueNames(wanted: readonly string[]): string[] {
  const used = new Set<string>()
  return wanted.map((name, i) => {
    const others = wanted.filter((_, j) => j !== i)
    const unique = freeName(name, (each) => used.has(each) || (each !== name && others.includes(each)))
    used.add(unique)
    return unique
  })
}

/** Boundaries of other blocks that the roots are computed from. */
function foreignCuts(roots: readonly Node[], own: ReadonlySet<string>): Node[] {
  const isForeign = (node: Node) => isCut(node) && !own.has(cutName(node))
  return topological(roots, isForeign).filter(isForeign)
}

/** Outputs of a graph, by name: activities, losses, what is logged beside them, and new values `conv1.weight'`. */
export function outputsOfGraph(
  graph: StepGraph,
  blockUpdates: readonly BlockUpdate[],
): {
  activities: Binding[]
  losses: (Binding & { layer: string })[]
  logs: (Binding & { layer: string; log: string })[]
  updates: (Binding & { updates: string })[]
} {
  const activities = graph.gives.map((node) => ({ name: cutName(node), node: unary(node) }))
  if (!graph.blockUpdate) return { activities, losses: [], logs: [], updates: [] }
  const { blockUpdate } = graph
  const own = blockUpdates
    .filter(({ layers }) => layers.every((layer) => blockUpdate.layers.includes(layer)))
    .map(({ layers, loss, log }) => ({ layer: layers.at(-1)?.name ?? '', loss, log }))
  const losses = own.flatMap(({ layer, loss }) =>
    loss ? [{ name: lossName(layer), node: loss, layer }] : [],
  )
  const logs = own.flatMap(({ layer, log }) =>
    log.map(({ name, node }) => ({ name: logName(layer, name), node, layer, log: name })),
  )
  const updates = blockUpdate.updates.map(({ name, node }) => ({ name: primed(name), node, updates: name }))
  return { activities, losses, logs, updates }
}
