import type { Node } from '../../ir/node.ts'

/** What is known outside the loops so far. */
export interface Outside {
  /** Nodes that are not tiled, and those tiled ones that somebody reads whole. */
  readonly whole: Map<Node, Node>
  /** Results of loops, slice by slice. */
  readonly stacks: Map<Node, Node>
}

/** Into how many slices tiles are cut, and how many of them are done side by side. */
export interface Cut {
  readonly tiles: number
  readonly slices: number
  readonly lanes: number
}
