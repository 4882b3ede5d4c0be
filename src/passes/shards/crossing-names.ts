import { freeName } from '../../base/free-name.ts'
import { scopeName } from '../../ir/value-names.ts'
import type { GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'

/** What values are called that cross. */
export class Names {
  private readonly taken: Set<string>
  private readonly known = new Map<Node, string>()

  constructor({ inputs, outputs }: GraphSource) {
    this.taken = new Set([...inputs, ...outputs].map(({ name }) => name))
  }

  of(node: Node): string {
    const name =
      this.known.get(node) ?? freeName(`${scopeName(node)}.${node.op.name}`, (each) => this.taken.has(each))
    this.taken.add(name)
    this.known.set(node, name)
    return name
  }
}
