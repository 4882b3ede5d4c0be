import { at } from '../../base/lists.ts'
import { fourAxes, mapSize, threeAxes } from '../../base/shapes.ts'
import { sameShape } from '../../base/type.ts'
import { remake } from '../../ops/define.ts'
import { mulOp } from '../../ops/elementwise.ts'
import { is, operandsOf } from '../../ops/is.ts'
import { constantOp } from '../../ops/leaf.ts'
import { averagePoolOp } from '../../ops/average-pool.ts'
import { maxPoolGradientOp, maxPoolOp } from '../../ops/pool.ts'
import { meanOp, sumOp, type ReduceAttributes } from '../../ops/reduce.ts'
import { concat, concatOp } from '../../ops/concat.ts'
import { reshape, reshapeOp } from '../../ops/shape.ts'
import { pad, padOp, slice, sliceOp } from '../../ops/slice.ts'
import { heavisideOp } from '../../ops/unary.ts'
import {
  averagePoolPixelMajor,
  maxPoolGradientPixelMajor,
  maxPoolPixelMajor,
  spreadOverMap,
  spreadPixelMajor,
  tileSize,
} from './pooling.ts'
import { overFirst } from './rows.ts'
import { isMaps, plainValue, pixelMajorValue, type LayoutValue } from './layout-value.ts'
import type { Attributes, Node, Op } from '../../ir/node.ts'

/** Ops on maps that the pixel-major layout does as well or better; undefined where maps are wanted. */
export function lowerMaps(
  node: Node,
  operands: readonly LayoutValue[],
  source: (node: Node) => LayoutValue,
  mostKept: number,
): LayoutValue | undefined {
  const [x] = operands
  if (!x) return undefined
  if (is(node, reshapeOp)) return spread(node, source)
  if (is(node, mulOp) && isMaps(node)) {
    const overMap = spreadMean(node, operands)
    if (overMap) return overMap
  }
  if (!operands.some((operand) => operand.isPixelMajor && isMaps(operand))) return undefined
  return handlers.get(node.op)?.(node, operands, mostKept)
}

type Handler<A extends Attributes> = (
  node: Node<A>,
  operands: readonly LayoutValue[],
  mostKept: number,
) => LayoutValue | undefined

const on = <A extends Attributes>(op: Op<A>, handle: Handler<A>): readonly [Op, Handler<Attributes>] => [
  op,
  (node, operands, mostKept) => (is(node, op) ? handle(node, operands, mostKept) : undefined),
]

const handlers: ReadonlyMap<Op, Handler<Attributes>> = new Map([
  on(maxPoolOp, (node, [x]) => {
    const size = tileSize(node.attributes)
    return x && size !== undefined ? maxPoolPixelMajor(node, x, size) : undefined
  }),
  on(maxPoolGradientOp, (node, [x, y, g], mostKept) => {
    const size = tileSize(node.attributes)
    if (!x || !y || !g || size === undefined) return undefined
    const [, pooled, gradient] = node.inputs
    const [, mask] = operandsOf(gradient, mulOp)
    const masked = is(mask, heavisideOp) && mask.inputs[0] === pooled
    return maxPoolGradientPixelMajor([x, y, g], size, masked, mostKept)
  }),
  on(averagePoolOp, (node, [x]) => {
    const { size } = node.attributes
    return x && typeof size === 'number' ? averagePoolPixelMajor(node, x, size) : undefined
  }),
  on(sumOp, (node, [x]) => x && reduced(node, x, 'sum')),
  on(meanOp, (node, [x]) => x && reduced(node, x, 'mean')),
  on(sliceOp, (node, [x]) => {
    const { starts, ends, steps } = node.attributes
    if (!x || !sameShape(node.shape.slice(1), x.shape.slice(1))) return undefined
    const rows = () => {
      const [pixels, , channels] = threeAxes(x.pixelMajor().shape)
      return slice(
        x.pixelMajor(),
        [0, at(starts, 0), 0],
        [pixels, at(ends, 0), channels],
        [1, at(steps, 0), 1],
      )
    }
    return pixelMajorValue(rows, node.shape)
  }),
  on(padOp, (node, [x]) => {
    const { before, after } = node.attributes
    if (!x || [...before.slice(1), ...after.slice(1)].some((zeros) => zeros !== 0)) return undefined
    return pixelMajorValue(() => pad(x.pixelMajor(), [0, at(before, 0), 0], [0, at(after, 0), 0]), node.shape)
  }),
  on(concatOp, (node, operands) => {
    if (node.attributes.axis !== 0) return undefined
    const rows = () =>
      concat(
        operands.map((operand) => operand.pixelMajor()),
        1,
      )
    return pixelMajorValue(rows, node.shape)
  }),
])

/**
 * Over pixels, [images, channels], or over images too, [channels]: the gradient of a bias. Images last: sums of fewer
 * numbers at a time lose fewer digits.
 */
function reduced(node: Node<ReduceAttributes>, x: LayoutValue, of: 'sum' | 'mean'): LayoutValue | undefined {
  const { axes } = node.attributes
  const all = sameShape(axes, [0, 2, 3])
  if (!all && !sameShape(axes, [2, 3])) return undefined
  const total = of === 'sum' ? x.known?.total : undefined
  const perImage = overFirst(total ?? x.pixelMajor(), of)
  return plainValue(reshape(all ? overFirst(perImage, of) : perImage, node.shape))
}

/**
 * The gradient of average-pool: tiles [images, channels, rows, 1, columns, 1] times ones [size, 1, size], as a
 * map. Its values are the tiles', in rows where its reader wants rows.
 */
function spread(node: Node, source: (node: Node) => LayoutValue): LayoutValue | undefined {
  const [product] = node.inputs
  const [tiles, ones] = operandsOf(product, mulOp)
  const [map] = operandsOf(tiles, reshapeOp)
  if (!product || !ones || !map || !isMaps(node) || !isMaps(map) || tiles?.shape.length !== 6)
    return undefined
  const [size] = ones.shape
  if (size === undefined || !isOnes(ones) || !sameShape(ones.shape, [size, 1, size])) return undefined
  const [height, width] = mapSize(map.shape)
  if (!sameShape(node.shape, [...map.shape.slice(0, 2), height * size, width * size])) return undefined
  const rows = spreadPixelMajor(node, source(map), size)
  return { ...rows, isPixelMajor: false, plain: () => remake(node, [source(product).plain()]) }
}

/** The gradient of a mean over maps: [images, channels, 1, 1] times ones [1, 1, height, width]. */
function spreadMean(node: Node, [value, ones]: readonly LayoutValue[]): LayoutValue | undefined {
  const [, constantOnes] = node.inputs
  const [images, channels, height, width] = fourAxes(node.shape)
  if (!value || !ones || !constantOnes || !isOnes(constantOnes)) return undefined
  if (!sameShape(value.shape, [images, channels, 1, 1]) || !sameShape(ones.shape, [1, 1, height, width]))
    return undefined
  const rows = spreadOverMap(node, value)
  return { ...rows, isPixelMajor: false, plain: () => remake(node, [value.plain(), ones.plain()]) }
}

const isOnes = (node: Node): boolean =>
  is(node, constantOp) && node.attributes.values.every((value) => value === 1)
