import { sameShape } from '../../ir/type.ts'
import { remake } from '../../ops/define.ts'
import { concat, pad, reshape, slice } from '../../ops/shape.ts'
import {
  averagePoolRows,
  maxPoolGradientRows,
  maxPoolRows,
  spreadOverMap,
  spreadRows,
  tileSize,
} from './pooling.ts'
import { mapSize, overFirst } from './rows.ts'
import { isMaps, plainValue, rowsValue, type Value } from './value.ts'
import type { AttributeValue, Node } from '../../ir/node.ts'
import type { Window } from '../../ops/window.ts'

/** Ops on maps that the rows layout does as well or better; undefined where maps are wanted. */
export function mapRows(
  node: Node,
  operands: readonly Value[],
  source: (node: Node) => Value,
): Value | undefined {
  const [x] = operands
  if (!x) return undefined
  if (node.op.name === 'reshape') return spread(node, source)
  if (node.op.name === 'mul' && isMaps(node)) {
    const overMap = spreadMean(node, operands)
    if (overMap) return overMap
  }
  if (!operands.some((operand) => operand.isRows && isMaps(operand))) return undefined
  return handlers[node.op.name]?.(node, operands)
}

type Handler = (node: Node, operands: readonly Value[]) => Value | undefined

const handlers: Readonly<Record<string, Handler | undefined>> = {
  maxPool: (node, [x]) => {
    const size = tileSize(windowOf(node))
    return x && size !== undefined ? maxPoolRows(node, x, size) : undefined
  },
  maxPoolGradient: (node, [x, y, g]) => {
    const size = tileSize(windowOf(node))
    if (!x || !y || !g || size === undefined) return undefined
    const [, pooled, gradient] = node.inputs
    const mask = gradient?.op.name === 'mul' ? gradient.inputs[1] : undefined
    const masked = mask?.op.name === 'heaviside' && mask.inputs[0] === pooled
    return maxPoolGradientRows(node, [x, y, g], size, masked)
  },
  averagePool: (node, [x]) => {
    const { size } = node.attributes
    return x && typeof size === 'number' ? averagePoolRows(node, x, size) : undefined
  },
  sum: (node, [x]) => x && reduced(node, x, 'sum'),
  mean: (node, [x]) => x && reduced(node, x, 'mean'),
  slice: (node, [x]) => {
    const { starts, ends, steps } = node.attributes
    const [from, to, by] = [list(starts), list(ends), list(steps)]
    if (!x || !sameShape(node.shape.slice(1), x.shape.slice(1))) return undefined
    const rows = () => {
      const [pixels = 0, , channels = 0] = x.rows().shape
      return slice(x.rows(), [0, from[0] ?? 0, 0], [pixels, to[0] ?? 0, channels], [1, by[0] ?? 1, 1])
    }
    return rowsValue(rows, node.shape)
  },
  pad: (node, [x]) => {
    const [before, after] = [list(node.attributes.before), list(node.attributes.after)]
    if (!x || [...before.slice(1), ...after.slice(1)].some((zeros) => zeros !== 0)) return undefined
    return rowsValue(() => pad(x.rows(), [0, before[0] ?? 0, 0], [0, after[0] ?? 0, 0]), node.shape)
  },
  concat: (node, operands) => {
    if (node.attributes.axis !== 0) return undefined
    const rows = () =>
      concat(
        operands.map((operand) => operand.rows()),
        1,
      )
    return rowsValue(rows, node.shape)
  },
}

const windowOf = ({ attributes: { kernel, stride, padding, dilation } }: Node): Window => ({
  kernel: list(kernel),
  stride: list(stride),
  padding: list(padding),
  dilation: list(dilation),
})

const list = (value: AttributeValue | undefined): readonly number[] =>
  typeof value === 'object' ? Array.from(value) : []

/**
 * Over pixels, [images, channels], or over images too, [channels]: the gradient of a bias. Images last: sums of fewer
 * numbers at a time lose fewer digits.
 */
function reduced(node: Node, x: Value, of: 'sum' | 'mean'): Value | undefined {
  const axes = list(node.attributes.axes)
  const all = sameShape(axes, [0, 2, 3])
  if (!all && !sameShape(axes, [2, 3])) return undefined
  const total = of === 'sum' ? x.known?.total : undefined
  const perImage = overFirst(total ?? x.rows(), of)
  return plainValue(reshape(all ? overFirst(perImage, of) : perImage, node.shape))
}

/**
 * The gradient of average-pool: tiles [images, channels, rows, 1, columns, 1] times ones [size, 1, size], as a
 * map. Its values are the tiles', in rows where its reader wants rows.
 */
function spread(node: Node, source: (node: Node) => Value): Value | undefined {
  const [product] = node.inputs
  const [tiles, ones] = product?.op.name === 'mul' ? product.inputs : []
  const [map] = tiles?.op.name === 'reshape' ? tiles.inputs : []
  if (!product || !ones || !map || !isMaps(node) || !isMaps(map) || tiles?.shape.length !== 6)
    return undefined
  const [size = 0] = ones.shape
  if (!isOnes(ones) || !sameShape(ones.shape, [size, 1, size])) return undefined
  const [height, width] = mapSize(map.shape)
  if (!sameShape(node.shape, [...map.shape.slice(0, 2), height * size, width * size])) return undefined
  const rows = spreadRows(node, source(map), size)
  return { ...rows, isRows: false, plain: () => remake(node, [source(product).plain()]) }
}

/** The gradient of a mean over maps: [images, channels, 1, 1] times ones [1, 1, height, width]. */
function spreadMean(node: Node, [value, ones]: readonly Value[]): Value | undefined {
  const [, constantOnes] = node.inputs
  const [images = 0, channels = 0, height = 0, width = 0] = node.shape
  if (!value || !ones || !constantOnes || !isOnes(constantOnes)) return undefined
  if (!sameShape(value.shape, [images, channels, 1, 1]) || !sameShape(ones.shape, [1, 1, height, width]))
    return undefined
  const rows = spreadOverMap(node, value)
  return { ...rows, isRows: false, plain: () => remake(node, [value.plain(), ones.plain()]) }
}

const isOnes = ({ op, attributes }: Node): boolean =>
  op.name === 'constant' && list(attributes.values).every((value) => value === 1)
