import { at } from '../../base/lists.ts'
import { mapSize } from '../../base/shapes.ts'
import { filled } from '../../ops/leaf.ts'
import { add, mul } from '../../ops/elementwise.ts'
import { max } from '../../ops/reduce.ts'
import { reshape } from '../../ops/shape.ts'
import { relu } from '../../ops/unary.ts'
import { isFirstMaximum } from './first-maximum.ts'
import { isIdentity, pixelOrder, tileOffsets, tilePlaces } from './pixels.ts'
import { fromTiles, overFirst, pick, pixelMajorShape, toTiles } from './rows.ts'
import { pixelMajorValue, type Knowledge, type LayoutValue } from './layout-value.ts'
import type { Node } from '../../ir/node.ts'
import type { Window } from '../../ops/window.ts'

/** Pooling over tiles in the pixel-major layout, where a tile's pixels are a leading axis. */

/** Side of the tiles, where pooling is over tiles whose phases are in reading order. */
export function tileSize({ kernel, stride, padding, dilation }: Window): number | undefined {
  const [size, other] = kernel
  const tiles = size === other && kernel.every((k, axis) => k === stride[axis] && padding[axis] === 0)
  return tiles && dilation.every((step) => step === 1) && (size === 2 || size === 3) ? size : undefined
}

/** Pools first, then adds the bias and rectifies: the same numbers on a quarter of the pixels. */
export function maxPoolPixelMajor(node: Node, x: LayoutValue, size: number): LayoutValue {
  const { rectified } = x.known ?? {}
  const phases = toTiles(
    rectified ? rectified.raw : x.pixelMajor(),
    mapSize(x.shape),
    size,
    mapSize(node.shape),
  )
  const maxima = max(phases, [0])
  const rows = () => {
    if (!rectified) return maxima
    return relu(rectified.bias ? add(maxima, rectified.bias) : maxima)
  }
  return pixelMajorValue(rows, node.shape, { pooled: { phases, maxima, rectified: rectified !== undefined } })
}

/**
 * The first of a tile's pixels that equal its maximum gets the gradient.
 *
 * @param masked whether g is zero where the maximum is not positive; only then may pixels be compared before ReLU.
 */
export function maxPoolGradientPixelMajor(
  [x, y, g]: readonly [LayoutValue, LayoutValue, LayoutValue],
  size: number,
  masked: boolean,
  mostKept: number,
): LayoutValue {
  const grid = mapSize(y.shape)
  const known = y.known?.pooled
  const before = known && (masked || !known.rectified) ? known : undefined
  const phases = before?.phases ?? toTiles(x.pixelMajor(), mapSize(x.shape), size, grid)
  const maxima = before?.maxima ?? y.pixelMajor()
  const shares = () => mul(isFirstMaximum(phases, maxima, mostKept), g.pixelMajor())
  return pixelMajorValue(() => fromTiles(shares(), mapSize(x.shape), size, grid), x.shape, {
    total: g.pixelMajor(),
  })
}

export function averagePoolPixelMajor(node: Node, x: LayoutValue, size: number): LayoutValue {
  const tiles = toTiles(x.pixelMajor(), mapSize(x.shape), size, mapSize(node.shape))
  return pixelMajorValue(overFirst(tiles, 'mean'), node.shape)
}

/** Every pixel of a tile gets the tile's value: the gradient of an average, up to its scale. */
export function spreadPixelMajor(node: Node, tiles: LayoutValue, size: number): LayoutValue {
  const grid = mapSize(tiles.shape)
  const map = mapSize(node.shape)
  const { places } = pixelOrder(...grid)
  const sources = pixelOrder(...map).pixels.map((pixel) => {
    const [row, column] = [Math.floor(pixel / map[1] / size), Math.floor((pixel % map[1]) / size)]
    return at(places, row * grid[1] + column)
  })
  const leading = isIdentity(tilePlaces(map, tileOffsets(size), size, 0, grid))
  const known = leading ? { spread: { tiles: tiles.pixelMajor(), phases: size * size } } : undefined
  return pixelMajorValue(() => pick(tiles.pixelMajor(), sources), node.shape, known)
}

/** One value per image and channel, [images, channels, 1, 1], for all pixels: the gradient of a mean. */
export function spreadOverMap(node: Node, value: LayoutValue): LayoutValue {
  const [pixels, images, channels] = pixelMajorShape(node.shape)
  const tiles = reshape(value.plain(), [1, images, channels])
  const rows = () => mul(tiles, filled(node.dtype, [pixels, 1, 1], 1))
  return pixelMajorValue(rows, node.shape, { spread: { tiles, phases: pixels } })
}

/** A product with values that tiles share, without spreading them first. */
export function mulSpread(x: LayoutValue, { tiles, phases }: NonNullable<Knowledge['spread']>): Node {
  const split = reshape(x.pixelMajor(), [phases, ...tiles.shape])
  return reshape(mul(split, tiles), pixelMajorShape(x.shape))
}
