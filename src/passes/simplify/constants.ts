import { binary } from '../../ops/arity.ts'
import { at } from '../../base/lists.ts'
import { elements, sameShape, type Shape } from '../../base/type.ts'
import { constant, constantOp, constantValues } from '../../ops/leaf.ts'
import { is } from '../../ops/is.ts'
import { reshapeOp } from '../../ops/shape.ts'
import type { DType } from '../../base/dtype.ts'
import type { Node } from '../../ir/node.ts'

/** Expressions of constants, computed by the compiler as the graph would. */

/** Longer results are left to the graph, which can make them from less. */
const MOST_FOLDED = 4096

const writtenValues = (node: Node): Float64Array | undefined =>
  is(node, constantOp) ? node.attributes.values : undefined

const uniform = new WeakMap<Float64Array, boolean>()

/** The one value that a constant has everywhere. */
export function uniformValue(node: Node): number | undefined {
  const values = writtenValues(node)
  if (!values || values.length === 0) return undefined
  const same = uniform.get(values) ?? values.every((value) => Object.is(value, values[0]))
  uniform.set(values, same)
  return same ? values[0] : undefined
}

const rounded = (dtype: DType): ((x: number) => number) | undefined => {
  if (dtype === 'float64') return (x) => x
  return dtype === 'float32' ? Math.fround : undefined
}

export function folded(node: Node): Node | undefined {
  const [whole] = node.inputs.map(writtenValues)
  if (is(node, reshapeOp) && whole) return constant(node.dtype, node.shape, whole)
  const given = node.inputs.map(constantValues)
  const [a, b] = given
  const round = rounded(node.dtype)
  if (!a || given.some((values) => !values) || elements(node.shape) > MOST_FOLDED || !round) return undefined
  const { elementwise } = node.op.traits
  if (elementwise?.operands === 2 && b) {
    const operation = elementwise.of
    const [left, right] = binary(node)
    const [x, y] = [spread(a, left.shape, node.shape), spread(b, right.shape, node.shape)]
    const values = x.map((value, i) => round(operation(round(value), round(at(y, i)))))
    return constant(node.dtype, node.shape, values)
  }
  const curve = elementwise?.operands === 1 && elementwise.exact ? elementwise.of : undefined
  return curve
    ? constant(
        node.dtype,
        node.shape,
        a.map((x) => round(curve(round(x)))),
      )
    : undefined
}

/** Values under a broadcast shape. */
const spread = (values: Float64Array, from: Shape, to: Shape): number[] =>
  spreadIndices(from, to).map((index) => at(values, index))

/** For each element of a broadcast shape, the element that it is taken from. */
function spreadIndices(from: Shape, to: Shape): number[] {
  const size = elements(to)
  if (sameShape(from, to)) return Array.from({ length: size }, (_, i) => i)
  const missing = to.length - from.length
  return Array.from({ length: size }, (_, i) => {
    let [rest, index, stride] = [i, 0, 1]
    for (let axis = to.length - 1; axis >= 0; axis--) {
      const length = at(to, axis)
      const own = axis < missing ? 1 : at(from, axis - missing)
      if (own !== 1) index += (rest % length) * stride
      stride *= own
      rest = Math.floor(rest / length)
    }
    return index
  })
}
