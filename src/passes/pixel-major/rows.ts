import { at, found } from '../../base/lists.ts'
import { fourAxes, mapSize, sizeOf, threeAxes } from '../../base/shapes.ts'
import { constant, filled } from '../../ops/leaf.ts'
import { elements, type Shape } from '../../base/type.ts'
import { gather } from '../../ops/gather.ts'
import { matmul } from '../../ops/matmul.ts'
import { concat } from '../../ops/concat.ts'
import { reshape, transpose } from '../../ops/shape.ts'
import { isIdentity, pixelOrder, tileOffsets, tilePlaces, tilesOf } from './pixels.ts'
import type { Node } from '../../ir/node.ts'

/**
 * The pixel-major layout of maps [images, channels, height, width]: [pixels, images, channels], pixels in the order of
 * pixels.ts. Channels are contiguous, so that convolutions are matrix products without transposes; a pixel of
 * all images is contiguous, so that moving pixels moves long runs and index tables do not grow with the batch.
 */

export function pixelMajorShape(shape: Shape): readonly [pixels: number, images: number, channels: number] {
  const [images, channels, height, width] = fourAxes(shape)
  return [height * width, images, channels]
}

export const indices = (values: readonly number[], shape: Shape = [values.length]): Node =>
  constant('int64', shape, values)

/** Pixels picked by place: [places…, images, channels]. */
export const pick = (rows: Node, places: readonly number[]): Node =>
  isIdentity(places) && places.length === rows.shape[0] ? rows : gather(rows, indices(places))

/** Maps to rows. */
export function toPixelMajor(maps: Node): Node {
  const [images, channels, height, width] = fourAxes(maps.shape)
  const flat = reshape(maps, [images, channels, height * width])
  return pick(transpose(flat, [2, 0, 1]), pixelOrder(height, width).pixels)
}

/** Rows to maps of a shape. */
export function toMaps(rows: Node, shape: Shape): Node {
  const [height, width] = mapSize(shape)
  return reshape(transpose(pick(rows, pixelOrder(height, width).places), [1, 2, 0]), shape)
}

/**
 * One more pixel, which is zero in all images and channels: what indices outside the map point at. With two, neither `share` nor
 * onnxruntime finds equal to what is there already what is to be made again.
 */
export const withZeros = (rows: Node, count = 1): Node =>
  concat([rows, filled(rows.dtype, [count, ...rows.shape.slice(1)], 0)], 0)

/** Gathers places, of which the one after the last stands for zero. */
export const pickOrZero = (rows: Node, places: readonly number[]): Node =>
  places.includes(sizeOf(rows.shape, 0)) ? pick(withZeros(rows), places) : pick(rows, places)

/** How many tiles cover a map. */
export const covering = ([height, width]: readonly [number, number], size: number) =>
  [tilesOf(height, size), tilesOf(width, size)] as const

/** Rows of a map as tiles that do not overlap, zeros beyond it: [size² phases, tiles, images, channels]. */
export function toTiles(
  rows: Node,
  map: readonly [number, number],
  size: number,
  grid: readonly [number, number],
): Node {
  const places = tilePlaces(map, tileOffsets(size), size, 0, grid)
  const [, images, channels] = threeAxes(rows.shape)
  return reshape(pickOrZero(rows, places), [size * size, grid[0] * grid[1], images, channels])
}

/**
 * The reverse of `toTiles`: what tiles hold beyond the map is left out, and pixels that no tile holds (where
 * pooling leaves a border) are zero.
 */
export function fromTiles(
  tiles: Node,
  [height, width]: readonly [number, number],
  size: number,
  grid: readonly [number, number],
): Node {
  const [phases, count, images, channels] = fourAxes(tiles.shape)
  const { places } = pixelOrder(...grid)
  const phaseOf = new Map(tileOffsets(size).map(([row, column], phase) => [row * size + column, phase]))
  const sources = pixelOrder(height, width).pixels.map((pixel) => {
    const [y, x] = [Math.floor(pixel / width), pixel % width]
    const [row, column] = [Math.floor(y / size), Math.floor(x / size)]
    if (row >= grid[0] || column >= grid[1]) return phases * count
    const phase = found(phaseOf, (y % size) * size + (x % size), 'the phase of a pixel')
    return phase * count + at(places, row * grid[1] + column)
  })
  return pickOrZero(reshape(tiles, [phases * count, images, channels]), sources)
}

/**
 * Sum over the first axis, or mean, as a product with ones: onnxruntime's reductions take several times as long, and
 * fifty times where there are few channels, as its threads then write to the same cache line.
 */
export function overFirst(x: Node, of: 'sum' | 'mean'): Node {
  const [count, rest] = [sizeOf(x.shape, 0), x.shape.slice(1)]
  const ones = filled(x.dtype, [1, count], of === 'sum' ? 1 : 1 / count)
  return reshape(matmul(ones, reshape(x, [count, elements(rest)])), rest)
}
