import { topological } from '../ir/walk.ts'
import type { Value } from '../ir/emitter.ts'
import type { Emitter, Node, Region } from '../ir/node.ts'

/** Which values of a graph being written hold the results of nodes. */
export class NodeValues {
  private readonly values: Map<Node, readonly Value[]>

  constructor(given: Iterable<readonly [Node, Value]>) {
    this.values = new Map([...given].map(([node, value]) => [node, [value]]))
  }

  has(node: Node): boolean {
    return this.values.has(node)
  }

  /** The one value of a node; undefined where there is none yet, or where there are several. */
  of(node: Node): Value | undefined {
    const [value, ...others] = this.values.get(node) ?? []
    return others.length === 0 ? value : undefined
  }

  set(node: Node, value: Value | readonly Value[]): void {
    this.values.set(node, typeof value === 'string' ? [value] : value)
  }

  /** What an op is given of its operands: of one with several results all of them. */
  operands({ op, inputs }: Node): readonly Value[] {
    return inputs.flatMap((input) => {
      const values = this.values.get(input)
      if (!values) throw new Error(`${op.name} comes before its operand ${input.op.name}`)
      return values
    })
  }
}

/** Writes what a region does with its inputs, which are values already; returns those of its outputs. */
export function writeRegion(
  { inputs, outputs }: Region,
  given: readonly Value[],
  emitter: Emitter,
): readonly Value[] {
  const values = new NodeValues(
    inputs.map(({ name, node }, i) => {
      const value = given[i]
      if (value === undefined) throw new Error(`a region is not given '${name}'`)
      return [node, value] as const
    }),
  )
  const roots = outputs.map(({ node }) => node)
  for (const node of topological(roots, (each) => values.has(each)))
    if (!values.has(node)) values.set(node, node.op.emit(emitter, node, values.operands(node)))
  return outputs.map(({ name, node }) => {
    const value = values.of(node)
    if (value === undefined) throw new Error(`a region does not make '${name}'`)
    return value
  })
}
