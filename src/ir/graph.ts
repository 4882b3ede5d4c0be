import type { Node } from './node.ts'

/** A node and the name that it has on the outside of a graph. */
export interface Binding {
  readonly name: string
  readonly node: Node
}

/** What becomes one graph. */
export interface GraphSource {
  readonly name: string
  /** What the graph is for; becomes its doc string. */
  readonly description: string
  /** Nodes that the graph is given under a name: inputs, and values that another graph computes. */
  readonly inputs: readonly Binding[]
  readonly outputs: readonly Binding[]
}
