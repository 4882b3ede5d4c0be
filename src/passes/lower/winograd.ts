import { addAt } from '../../ops/add-at.ts'
import { constant } from '../../ops/leaf.ts'
import { gather } from '../../ops/gather.ts'
import { matmul } from '../../ops/matmul.ts'
import { reshape } from '../../ops/shape.ts'
import { overlaps, tilePlaces } from './pixels.ts'
import { covering, fromTiles, indices, pick, pickOrZero, toTiles, withZero } from './rows.ts'
import { transforms } from './winograd-matrices.ts'
import type { Node } from '../../ir/node.ts'
import type { ConvAttributes } from '../../ops/conv.ts'

/**
 * 3×3 convolutions of stride 1 and their gradients on rows as gathers and matrix products, F(m×m, 3×3). Equal
 * parts are shared between the three: the transformed input between forward and weight gradient, the transformed
 * weights between forward and input gradient, the transformed gradient between the two gradients.
 */

type Size = readonly [number, number]

export const isWinograd = ({ kernel, stride, dilation, groups, padding }: ConvAttributes): boolean =>
  groups === 1 &&
  kernel.every((taps) => taps === 3) &&
  [...stride, ...dilation].every((step) => step === 1) &&
  padding[0] === padding[1] &&
  (padding[0] ?? 0) <= 2

const matrix = (like: Node, rows: number, values: readonly number[]): Node =>
  constant(like.dtype, [rows, values.length / rows], values)

/** A linear map of the first axis; the others are kept as [rows, channels]. */
function transformed(x: Node, matrix: Node, channels: number): Node {
  const [from = 1] = x.shape
  const to = matrix.shape[0] ?? 1
  const columns = x.shape.slice(1).reduce((a, b) => a * b, 1)
  return reshape(matmul(matrix, reshape(x, [from, columns])), [to, columns / channels, channels])
}

const outputSize = ([height, width]: Size, { padding: [padding = 0] }: ConvAttributes): Size => [
  height + 2 * padding - 2,
  width + 2 * padding - 2,
]

/** Tiles of inputs, with zeros around the map, in the Winograd domain: [n², tiles · images, channels]. */
function transformInput(x: Node, attributes: ConvAttributes, size: Size, outputs: 2 | 4): Node {
  const { inputs: n, input } = transforms(outputs)
  const [padding = 0] = attributes.padding
  const [rows, columns] = covering(outputSize(size, attributes), outputs)
  const offsets = Array.from({ length: n * n }, (_, i) => [Math.floor(i / n), i % n] as const)
  const places = tilePlaces(size, offsets, outputs, padding, [rows, columns])
  const tiles = gather(withZero(x), indices(places, [n * n, rows * columns]))
  return transformed(tiles, matrix(x, n * n, input), x.shape[2] ?? 0)
}

/** [n², out, in] */
function transformWeights(weight: Node, outputs: 2 | 4): Node {
  const { inputs: n, weight: g } = transforms(outputs)
  const [out = 0, channels = 0] = weight.shape
  const product = matmul(matrix(weight, n * n, g), reshape(weight, [out * channels, 9]), false, true)
  return reshape(product, [n * n, out, channels])
}

/** From the Winograd domain to rows of a map. */
function transformOutput(product: Node, images: number, size: Size, outputs: 2 | 4): Node {
  const { output } = transforms(outputs)
  const channels = product.shape[2] ?? 0
  const tiles = transformed(product, matrix(product, outputs ** 2, output), channels)
  const grid = covering(size, outputs)
  const split = reshape(tiles, [outputs ** 2, grid[0] * grid[1], images, channels])
  return fromTiles(split, size, outputs, grid)
}

/** Gradients of a map of outputs in the Winograd domain, by the adjoint of `transformOutput`. */
function transformGradient(g: Node, size: Size, outputs: 2 | 4): Node {
  const { inputs: n, outputAdjoint } = transforms(outputs)
  const tiles = toTiles(g, size, outputs, covering(size, outputs))
  return transformed(tiles, matrix(g, n * n, outputAdjoint), g.shape[2] ?? 0)
}

/** Rows [pixels, images, in] to rows [pixels, images, out]; without bias. */
export function forward(x: Node, weight: Node, attributes: ConvAttributes, size: Size, outputs: 2 | 4): Node {
  const product = matmul(
    transformInput(x, attributes, size, outputs),
    transformWeights(weight, outputs),
    false,
    true,
  )
  return transformOutput(product, x.shape[1] ?? 0, outputSize(size, attributes), outputs)
}

/** Rows of inputs and of gradients to the gradient of the weights, [out, in, 3, 3]. */
export function weightGradient(
  x: Node,
  g: Node,
  attributes: ConvAttributes,
  size: Size,
  outputs: 2 | 4,
): Node {
  const { inputs: n, weight } = transforms(outputs)
  const channels = [g.shape[2] ?? 0, x.shape[2] ?? 0] as const
  const slopes = transformGradient(g, outputSize(size, attributes), outputs)
  const product = matmul(slopes, transformInput(x, attributes, size, outputs), true, false)
  const flat = reshape(product, [n * n, channels[0] * channels[1]])
  return reshape(matmul(flat, matrix(g, n * n, weight), true, false), [...channels, 3, 3])
}

/**
 * Rows of gradients to rows of the gradient of the inputs: the adjoint of `forward`, which shares the transformed
 * gradient with `weightGradient`. Tiles of inputs overlap; their gradients are added up.
 */
export function inputGradient(
  g: Node,
  weight: Node,
  attributes: ConvAttributes,
  size: Size,
  outputs: 2 | 4,
): Node {
  const [padding = 0] = attributes.padding
  const { inputs: n, inputAdjoint } = transforms(outputs)
  const [, images = 0] = g.shape
  const grid = outputSize(size, attributes)
  const product = matmul(transformGradient(g, grid, outputs), transformWeights(weight, outputs))
  const tiles = transformed(product, matrix(g, n * n, inputAdjoint), product.shape[2] ?? 0)
  const rows = reshape(tiles, [(n * n * (tiles.shape[1] ?? 0)) / images, images, product.shape[2] ?? 0])
  const [own = [], ...others] = overlaps(size, n, outputs, padding, covering(grid, outputs))
  return others.reduce(
    (sum, each) =>
      addAt(
        sum,
        indices(each.map(({ place }) => place)),
        pick(
          rows,
          each.map(({ source }) => source),
        ),
      ),
    pickOrZero(
      rows,
      own.map(({ source }) => source),
    ),
  )
}
