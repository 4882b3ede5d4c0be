import { counted } from '../base/lists.ts'
import { like } from '../ir/context.ts'
import { topological } from '../ir/walk.ts'
import { remake } from '../ops/define.ts'
import { input, isInput } from '../ops/leaf.ts'
import { isBinary, isUnary } from '../ops/traits.ts'
import { binaryPixelMajor, unaryPixelMajor } from './pixel-major/elementwise.ts'
import { lowerConvolution, type Algorithms } from './convolution/convolution.ts'
import { lowerMaps } from './pixel-major/maps.ts'
import { pixelMajorShape } from './pixel-major/rows.ts'
import { inOrder, type HandedOn } from './pixel-major/lying.ts'
import { isMaps, plainValue, pixelMajorValue, type LayoutValue } from './pixel-major/layout-value.ts'
import type { Binding, GraphSource } from '../ir/graph.ts'
import type { Node } from '../ir/node.ts'

export interface Lowered {
  readonly source: GraphSource
  /** Outputs that are given in pixel-major layout. */
  readonly pixelMajor: ReadonlySet<string>
}

export interface LowerOptions {
  /** The algorithm of each convolution and gradient of one; those not in it stay as they are. */
  readonly algorithms: Algorithms
  /** Inputs that earlier graphs hand on. */
  readonly handed: HandedOn
  /** Outputs that may be. */
  readonly free: ReadonlySet<string>
  /** Bytes of one value on the way that are kept from the forward pass for gradients. */
  readonly mostKept: number
}

/** Values in a row that wait to be asked for, each by the next: a longer row would overflow the stack. */
const MOST_WAITING = 100

/**
 * Replaces convolutions by the algorithms chosen for them and keeps what lies between them in the layout that they
 * compute in: pixel-major, as far as the ops between can do it, maps elsewhere.
 */
export function lower(source: GraphSource, { handed, free, ...options }: LowerOptions): Lowered {
  const values = new Map<Node, LayoutValue>()
  const inputs = source.inputs.map((binding): Binding => {
    const { name, node } = binding
    if (!handed.pixelMajor.has(name)) {
      values.set(node, plainValue(node))
      return binding
    }
    const [how, shape] = [handed.lying.get(name), pixelMajorShape(node.shape)]
    const rows = input('activity', name, node.dtype, how ? how.shape : shape)
    values.set(node, pixelMajorValue(how ? () => inOrder(rows, how, shape) : rows, node.shape))
    return { name, node: rows }
  })
  const bound = new Set(source.inputs.map(({ node }) => node))
  const value = (node: Node): LayoutValue => {
    const known = values.get(node)
    if (!known) throw new Error(`${node.op.name} is used before it is lowered`)
    return known
  }
  const roots = source.outputs.map(({ node }) => node)
  const waiting = new Map<Node, number>()
  for (const node of topological(roots, (each) => bound.has(each))) {
    if (values.has(node)) continue
    const made = like(node, () => lowered(node, value, options))
    values.set(node, made)
    const depth = node.inputs.reduce((most, each) => Math.max(most, 1 + counted(waiting, each)), 0)
    if (depth === MOST_WAITING) (made.isPixelMajor ? made.pixelMajor : made.plain)()
    waiting.set(node, depth % MOST_WAITING)
  }
  const asRows = source.outputs.filter(({ name, node }) => free.has(name) && value(node).isPixelMajor)
  const pixelMajor = new Set(asRows.map(({ name }) => name))
  const outputs = source.outputs.map(({ name, node }) => ({
    name,
    node: pixelMajor.has(name) ? value(node).pixelMajor() : value(node).plain(),
  }))
  return { source: { ...source, inputs, outputs }, pixelMajor }
}

function lowered(
  node: Node,
  value: (node: Node) => LayoutValue,
  options: Pick<LowerOptions, 'algorithms' | 'mostKept'>,
): LayoutValue {
  if (isInput(node)) return plainValue(node)
  const operands = node.inputs.map(value)
  return (
    lowerConvolution(node, operands, options) ??
    onPixelMajor(node, operands, value, options.mostKept) ??
    plainValue(
      remake(
        node,
        operands.map((operand) => operand.plain()),
      ),
    )
  )
}

function onPixelMajor(
  node: Node,
  operands: readonly LayoutValue[],
  value: (node: Node) => LayoutValue,
  mostKept: number,
): LayoutValue | undefined {
  const special = lowerMaps(node, operands, value, mostKept)
  if (special || !operands.some((operand) => operand.isPixelMajor && isMaps(operand)) || !isMaps(node))
    return special
  const [a, b] = operands
  if (a && isUnary(node)) return unaryPixelMajor(node, a)
  return a && b && isBinary(node) ? binaryPixelMajor(node, [a, b]) : undefined
}
