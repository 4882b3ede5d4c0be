import { like } from '../../ir/context.ts'
import { topological } from '../../ir/walk.ts'
import { Dealing, type FactsOf } from './dealing.ts'
import { readInBlocks } from './products.ts'
import type { Deal } from './part.ts'
import type { Binding, GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'

/**
 * Deals the images of a batch to shards, as partitioners of SPMD programs do (GSPMD, arXiv 2105.04663): the result is the
 * graph that every shard runs, on its own rows.
 *
 * - What is per image is made of the shard's own rows.
 * - Where images meet, the rows of all shards are joined, and what comes of them is the same for all.
 * - A sum over images is a sum of what each shard makes of its own.
 * - A parameter that is more than the rows it is multiplied with lies in parts with the shards, and the rows go to it.
 *
 * What an op does to a part is its rule's to say; where none fits, the op is given all rows, which is always right.
 */

export interface Dealt {
  readonly source: GraphSource
  /** The input that tells a shard its number. */
  readonly index: Node
  /** Inputs that are a shard's part of a parameter: as many equal parts as there are shards. */
  readonly blocks: ReadonlySet<Node>
}

export function dealt(source: GraphSource, facts: FactsOf, deal: Deal): Dealt {
  const dealing = new Dealing(facts, deal, readInBlocks(source, deal.shards))
  const bound = new Set(source.inputs.map(({ node }) => node))
  const roots = source.outputs.map(({ node }) => node)
  for (const node of topological(roots, (each) => bound.has(each)))
    like(node, () => {
      dealing.visit(node)
    })
  const { index } = dealing
  const blocks = [...dealing.blocks.values()]
  return {
    source: {
      ...source,
      inputs: [...source.inputs, { name: 'shard', node: index }, ...blocks],
      outputs: source.outputs.map(({ name, node }): Binding => ({ name, node: dealing.whole(node) })),
    },
    index,
    blocks: new Set(blocks.map(({ node }) => node)),
  }
}
