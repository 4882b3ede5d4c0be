import { fourAxes, sizeOf } from '../../base/shapes.ts'
import { elements } from '../../base/type.ts'
import { ternary, unary } from '../../ops/arity.ts'
import { averagePoolOp, sidesOfTile, tiles } from '../../ops/average-pool.ts'
import { cast } from '../../ops/cast.ts'
import { equal, mul, sub } from '../../ops/elementwise.ts'
import { gather } from '../../ops/gather.ts'
import { constant } from '../../ops/leaf.ts'
import { matmul } from '../../ops/matmul.ts'
import { maxPoolPlaces, scatterElements } from '../../ops/places.ts'
import { maxPoolGradientOp, maxPoolPickOp } from '../../ops/pool.ts'
import { mean } from '../../ops/reduce.ts'
import { concat } from '../../ops/concat.ts'
import { broadcast, reshape } from '../../ops/shape.ts'
import { waysOf, type Way } from './way.ts'
import type { DType } from '../../base/dtype.ts'
import type { Node } from '../../ir/node.ts'
import type { Window } from '../../ops/window.ts'

/** Gradients of max-pooling, side by side, and averages where there is no kernel. */

/** The permutation matrix of the columns grows with the square of the width. */
const WIDEST = 128
const MOST_PHASES = 9

export const maxPoolGradient = waysOf(maxPoolGradientOp, (node): Way => {
  const because = whyByPlace(node)
  return because === undefined
    ? { as: 'by phase', because: 'tiles', make: () => gradientByPhase(node) }
    : { as: 'by place', because, make: () => gradientByPlace(node) }
})

/** Why gradients of max-pooling are added up by place; undefined where each is put by its phase, in any type of numbers. */
export function whyByPlace({
  attributes: { kernel, stride, padding },
  shape,
}: Node<Window>): string | undefined {
  const isTiled = kernel.every(
    (k, axis) => k === stride[axis] && padding[axis] === 0 && sizeOf(shape, axis + 2) % k === 0,
  )
  if (!isTiled) return 'no tiles'
  if (elements(kernel) > MOST_PHASES) return `more than ${MOST_PHASES} phases`
  return sizeOf(shape, 3) <= WIDEST ? undefined : `wider than ${WIDEST}`
}

export const maxPoolPick = waysOf(maxPoolPickOp, (node): Way => ({
  as: 'by place',
  because: 'the only way',
  make: () => pickByPlace(node),
}))

export const averagePool = waysOf(averagePoolOp, (node): Way => {
  if (node.dtype === 'float32') return { as: 'AveragePool', because: 'float32' }
  const [tiled] = tiles(unary(node).shape, sidesOfTile(node.attributes))
  return { as: 'mean over tiles', because: node.dtype, make: () => mean(reshape(unary(node), tiled), [3, 5]) }
})

/** What another map holds where x has its maxima. */
function pickByPlace(node: Node<Window>): Node {
  const [x, , values] = ternary(node)
  const flat = reshape(values, [elements(x.shape)])
  const places = reshape(maxPoolPlaces(x, node.attributes), [elements(node.shape)])
  return reshape(gather(flat, places), node.shape)
}

/** Windows that overlap or leave a border: the places of the maxima, then a sum into place. */
function gradientByPlace(node: Node<Window>): Node {
  const [x, pooled, g] = ternary(node)
  const count = elements(pooled.shape)
  const zeros = broadcast(constant(node.dtype, [1], [0]), [elements(node.shape)])
  const places = reshape(maxPoolPlaces(x, node.attributes), [count])
  return reshape(scatterElements(zeros, places, reshape(g, [count])), node.shape)
}

/**
 * Windows that tile the map. The pixels at one place of all windows are a phase: [maps, rows, columns], as the
 * pooled map. Phase by phase, what is left of the gradient goes where the pixel equals the maximum; the last
 * phase takes the rest. Columns are sorted into phases, and back, by a product with a permutation matrix:
 * exact, and several times faster than strided slices and a six-axis transpose.
 */
function gradientByPhase(node: Node<Window>): Node {
  const [x, y, g] = ternary(node)
  const { dtype, attributes } = node
  const [kh, kw] = attributes.kernel
  const [n, channels, rows, columns] = fourAxes(y.shape)
  const flat = [n * channels, rows, columns]
  const lines = [n * channels * rows * kh, columns * kw]
  const phases = [n * channels, rows, kh * kw, columns]
  const sorted = matmul(reshape(x, lines), permutation(dtype, columns, kw))
  const grouped = reshape(sorted, phases)
  const maxima = reshape(y, flat)
  const hits = (phase: number): Node =>
    cast(equal(gather(grouped, constant('int64', [], [phase]), 2), maxima), dtype)
  const shares: Node[] = []
  let rest = reshape(g, flat)
  for (let phase = 0; phase < kh * kw; phase++) {
    const last = phase === kh * kw - 1
    const share = last ? rest : mul(rest, hits(phase))
    if (!last) rest = sub(rest, share)
    shares.push(reshape(share, [n * channels, rows, 1, columns]))
  }
  const joined = reshape(concat(shares, 2), lines)
  return reshape(matmul(joined, permutation(dtype, kw, columns)), node.shape)
}

/** Columns `c * phases + j` to `j * count + c`: [width, width], one 1 in each row. */
function permutation(dtype: DType, count: number, phases: number): Node {
  const width = count * phases
  const matrix = new Float64Array(width * width)
  for (let c = 0; c < count; c++)
    for (let j = 0; j < phases; j++) matrix[(c * phases + j) * width + j * count + c] = 1
  return constant(dtype, [width, width], matrix)
}
