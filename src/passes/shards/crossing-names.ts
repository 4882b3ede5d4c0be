import { freeName } from '../../base/free-name.ts'
import { scopeName } from '../../ir/value-names.ts'
import type { GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'

/** What values of a graph are called that cross. */
export class Names {
  private readonly taken: Set<string>
  private readonly known: Map<Node, string>

  /** @param taken names of all graphs of the step; those that are given here are added */
  constructor(
    { outputs }: Pick<GraphSource, 'outputs'>,
    activities: ReadonlySet<string>,
    taken: Set<string>,
  ) {
    this.taken = taken
    this.known = new Map(
      outputs.flatMap(({ name, node }) => (activities.has(name) ? [[node, name] as const] : [])),
    )
  }

  of(node: Node): string {
    const name =
      this.known.get(node) ?? freeName(`${scopeName(node)}.${node.op.name}`, (each) => this.taken.has(each))
    this.taken.add(name)
    this.known.set(node, name)
    return name
  }
}
