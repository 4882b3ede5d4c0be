import { fourAxes, sizeOf } from '../../base/shapes.ts'
import { bytesOf } from '../../ir/budget.ts'
import { constant } from '../../ops/leaf.ts'
import { gather } from '../../ops/gather.ts'
import { matmul } from '../../ops/matmul.ts'
import { reshape } from '../../ops/shape.ts'
import { tilePlaces } from '../pixel-major/pixels.ts'
import { covering, fromTiles, indices, toTiles, withZeros } from '../pixel-major/rows.ts'
import { transforms } from './winograd-matrices.ts'
import type { Node } from '../../ir/node.ts'
import type { ConvAttributes } from '../../ops/window.ts'

/** Linear maps of tiles into and out of the Winograd domain, in which a convolution is a product for each of its points. */

export type Size = readonly [number, number]

export const matrix = (like: Node, rows: number, values: readonly number[]): Node =>
  constant(like.dtype, [rows, values.length / rows], values)

/** A linear map of the first axis; the others are kept as [rows, channels]. */
export function transformed(x: Node, matrix: Node, channels: number): Node {
  const [from, to] = [sizeOf(x.shape, 0), sizeOf(matrix.shape, 0)]
  const columns = x.shape.slice(1).reduce((a, b) => a * b, 1)
  return reshape(matmul(matrix, reshape(x, [from, columns])), [to, columns / channels, channels])
}

export const outputSize = ([height, width]: Size, { padding: [padding] }: ConvAttributes): Size => [
  height + 2 * padding - 2,
  width + 2 * padding - 2,
]

/**
 * Tiles of inputs, with zeros around the map, in the Winograd domain: [n², tiles · images, channels].
 *
 * @param mostKept bytes that may be those of the forward pass; more are made again
 */
export function transformInput(
  x: Node,
  attributes: ConvAttributes,
  size: Size,
  outputs: 2 | 4,
  mostKept = Infinity,
): Node {
  const { inputs: n, input } = transforms(outputs)
  const [padding] = attributes.padding
  const [rows, columns] = covering(outputSize(size, attributes), outputs)
  const offsets = Array.from({ length: n * n }, (_, i) => [Math.floor(i / n), i % n] as const)
  const places = tilePlaces(size, offsets, outputs, padding, [rows, columns])
  const bytes = (places.length * bytesOf(x)) / sizeOf(x.shape, 0)
  const tiles = gather(withZeros(x, bytes > mostKept ? 2 : 1), indices(places, [n * n, rows * columns]))
  return transformed(tiles, matrix(x, n * n, input), sizeOf(x.shape, 2))
}

/** [n², out, in] */
export function transformWeights(weight: Node, outputs: 2 | 4): Node {
  const { inputs: n, weight: g } = transforms(outputs)
  const [out, channels] = fourAxes(weight.shape)
  const product = matmul(matrix(weight, n * n, g), reshape(weight, [out * channels, 9]), false, true)
  return reshape(product, [n * n, out, channels])
}

/** From the Winograd domain to rows of a map. */
export function transformOutput(product: Node, images: number, size: Size, outputs: 2 | 4): Node {
  const { output } = transforms(outputs)
  const channels = sizeOf(product.shape, 2)
  const tiles = transformed(product, matrix(product, outputs ** 2, output), channels)
  const grid = covering(size, outputs)
  const split = reshape(tiles, [outputs ** 2, grid[0] * grid[1], images, channels])
  return fromTiles(split, size, outputs, grid)
}

/** Gradients of a map of outputs in the Winograd domain, by the adjoint of `transformOutput`. */
export function transformGradient(g: Node, size: Size, outputs: 2 | 4): Node {
  const { inputs: n, outputAdjoint } = transforms(outputs)
  const tiles = toTiles(g, size, outputs, covering(size, outputs))
  return transformed(tiles, matrix(g, n * n, outputAdjoint), sizeOf(g.shape, 2))
}
