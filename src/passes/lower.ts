import { counted } from '../base/lists.ts'
import { like } from '../ir/context.ts'
import { topological } from '../ir/walk.ts'
import { remake } from '../ops/define.ts'
import { input, isInput } from '../ops/leaf.ts'
import { isBinary, isUnary } from '../ops/traits.ts'
import { binaryRows, unaryRows } from './pixel-major/elementwise.ts'
import { convolutionRows, type Algorithms } from './convolution/convolution.ts'
import { mapRows } from './pixel-major/maps.ts'
import { rowsShape } from './pixel-major/rows.ts'
import { isMaps, plainValue, rowsValue, type Value } from './pixel-major/value.ts'
import type { Binding, GraphSource } from '../ir/graph.ts'
import type { Node } from '../ir/node.ts'

export interface Lowered {
  readonly source: GraphSource
  /** Outputs that are given as rows. */
  readonly rows: ReadonlySet<string>
}

export interface LowerOptions {
  /** The algorithm of each convolution and gradient of one; those not in it stay as they are. */
  readonly algorithms: Algorithms
  /** Inputs that are given as rows, by name. */
  readonly given: ReadonlySet<string>
  /** Outputs that may be rows. */
  readonly free: ReadonlySet<string>
}

/** Values in a row that wait to be asked for, each by the next: a longer row would overflow the stack. */
const MOST_WAITING = 100

/**
 * Replaces convolutions by the algorithms chosen for them and keeps what lies between them in the layout that they
 * compute in: rows, as far as the ops between can do it, maps elsewhere.
 */
export function lower(source: GraphSource, { algorithms, given, free }: LowerOptions): Lowered {
  const values = new Map<Node, Value>()
  const inputs = source.inputs.map((binding): Binding => {
    const { name, node } = binding
    if (!given.has(name)) {
      values.set(node, plainValue(node))
      return binding
    }
    const rows = input('activity', name, node.dtype, rowsShape(node.shape))
    values.set(node, rowsValue(rows, node.shape))
    return { name, node: rows }
  })
  const bound = new Set(source.inputs.map(({ node }) => node))
  const value = (node: Node): Value => {
    const known = values.get(node)
    if (!known) throw new Error(`${node.op.name} is used before it is lowered`)
    return known
  }
  const roots = source.outputs.map(({ node }) => node)
  const waiting = new Map<Node, number>()
  for (const node of topological(roots, (each) => bound.has(each))) {
    if (values.has(node)) continue
    const made = like(node, () => lowered(node, value, algorithms))
    values.set(node, made)
    const depth = node.inputs.reduce((most, each) => Math.max(most, 1 + counted(waiting, each)), 0)
    if (depth === MOST_WAITING) (made.isRows ? made.rows : made.plain)()
    waiting.set(node, depth % MOST_WAITING)
  }
  const asRows = source.outputs.filter(({ name, node }) => free.has(name) && value(node).isRows)
  const rows = new Set(asRows.map(({ name }) => name))
  const outputs = source.outputs.map(({ name, node }) => ({
    name,
    node: rows.has(name) ? value(node).rows() : value(node).plain(),
  }))
  return { source: { ...source, inputs, outputs }, rows }
}

function lowered(node: Node, value: (node: Node) => Value, algorithms: Algorithms): Value {
  if (isInput(node)) return plainValue(node)
  const operands = node.inputs.map(value)
  return (
    convolutionRows(node, operands, algorithms) ??
    onRows(node, operands, value) ??
    plainValue(
      remake(
        node,
        operands.map((operand) => operand.plain()),
      ),
    )
  )
}

function onRows(node: Node, operands: readonly Value[], value: (node: Node) => Value): Value | undefined {
  const special = mapRows(node, operands, value)
  if (special || !operands.some((operand) => operand.isRows && isMaps(operand)) || !isMaps(node))
    return special
  const [a, b] = operands
  if (a && isUnary(node)) return unaryRows(node, a)
  return a && b && isBinary(node) ? binaryRows(node, [a, b]) : undefined
}
