import { like } from '../../ir/context.ts'
import { topological } from '../../ir/walk.ts'
import { cutName, isCut } from '../../ops/stop.ts'
import { Dealing, type FactsOf } from './dealing.ts'
import { readInBlocks } from './products.ts'
import type { Deal } from './part.ts'
import type { Binding, GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'
import type { Digit } from '../../ops/shards.ts'

/**
 * Deals the images of a batch to shards, as partitioners of SPMD programs do (GSPMD, arXiv 2105.04663): the result is the
 * graph that every shard runs, on its own rows.
 *
 * - What is per image is made of the shard's own rows.
 * - Where images meet, the rows of all shards are joined, and what comes of them is the same for all.
 * - A sum over images is a sum of what each shard makes of its own.
 * - Activity of other graphs is read, and handed on, in the rows of each shard.
 * - A parameter that is more than the rows it is multiplied with lies in parts with the shards, and the rows go to it.
 *
 * What an op does to a part is its rule's to say; where none fits, the op is given all rows, which is always right.
 */

export interface Dealt {
  readonly source: GraphSource
  readonly own: Own
}

/** Inputs of which each shard has its own. */
export interface Own {
  /** That which tells a shard its number. */
  readonly index: Node
  /** Those that are its part of a parameter: as many equal parts as there are shards. */
  readonly blocks: ReadonlySet<Node>
  /** Those that are its rows of what another graph made, by name: lowered, they are other nodes. */
  readonly rows: ReadonlySet<string>
}

/** What graphs hand on in the rows of each shard, by name. All else that they hand on is the same for all shards. */
export type Rows = ReadonlyMap<string, Digit>

export interface HandedRows {
  /** Outputs that later graphs read. */
  readonly activities: ReadonlySet<string>
  /** What earlier graphs handed on. */
  readonly rows: Rows
}

export function dealt(
  source: GraphSource,
  facts: FactsOf,
  deal: Deal,
  { activities, rows }: HandedRows,
): Dealt & { readonly rows: Rows } {
  const bound = new Set(source.inputs.map(({ node }) => node))
  const handed = new Map(
    [...bound].flatMap((node) => (isCut(node) ? [[node, rows.get(cutName(node))] as const] : [])),
  )
  const dealing = new Dealing(facts, deal, { inBlocks: readInBlocks(source, deal.shards), handed })
  const roots = source.outputs.map(({ node }) => node)
  for (const node of topological(roots, (each) => bound.has(each)))
    like(node, () => {
      dealing.visit(node)
    })
  const { index, taken } = dealing
  const blocks = dealing.blocks.bindings
  const handsOn = new Map<string, Digit>()
  const outputs = source.outputs.map(({ name, node }): Binding => {
    const own = activities.has(name) ? dealing.rows(node) : undefined
    if (own) handsOn.set(name, own.digit)
    return { name, node: own ? own.node : dealing.whole(node) }
  })
  const read = source.inputs.map((binding): Binding => {
    const own = taken.get(binding.node)
    return own ? { ...binding, node: own } : binding
  })
  return {
    source: { ...source, inputs: [...read, { name: 'shard', node: index }, ...blocks], outputs },
    own: {
      index,
      blocks: new Set(blocks.map(({ node }) => node)),
      rows: new Set([...rows.keys()].filter((name) => read.some((each) => each.name === name))),
    },
    rows: new Map([...rows, ...handsOn]),
  }
}
