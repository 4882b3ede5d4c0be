import { constant } from '../../ops/leaf.ts'
import { gather } from '../../ops/gather.ts'
import { matmul } from '../../ops/matmul.ts'
import { reshape } from '../../ops/shape.ts'
import { tilePlaces } from './pixels.ts'
import { covering, fromTiles, indices, toTiles, withZero } from './rows.ts'
import { transforms } from './winograd-matrices.ts'
import type { Node } from '../../ir/node.ts'
import type { Shape } from '../../ir/type.ts'
import type { ConvAttributes } from '../../ops/conv.ts'

/**
 * 3×3 convolutions of stride 1 and their gradients on rows as gathers and matrix products, F(m×m, 3×3). Equal
 * parts are shared between the three: the transformed input between forward and weight gradient, the transformed
 * weights between forward and input gradient (which is the convolution with kernels turned by 180°).
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

/** Tiles of inputs (`padding` zeros around the map) in the Winograd domain: [n², tiles · images, channels]. */
function transformInput(x: Node, size: Size, padding: number, outputs: 2 | 4, turned: boolean): Node {
  const { inputs: n, input, turned: other } = transforms(outputs)
  const [rows, columns] = covering([size[0] + 2 * padding - 2, size[1] + 2 * padding - 2], outputs)
  const offsets = Array.from({ length: n * n }, (_, i) => [Math.floor(i / n), i % n] as const)
  const places = tilePlaces(size, offsets, outputs, padding, [rows, columns])
  const tiles = gather(withZero(x), indices(places, [n * n, rows * columns]))
  return transformed(tiles, matrix(x, n * n, turned ? other.input : input), x.shape[2] ?? 0)
}

/** [n², out, in] */
function transformWeights(weight: Node, outputs: 2 | 4): Node {
  const { inputs: n, weight: g } = transforms(outputs)
  const [out = 0, channels = 0] = weight.shape
  const product = matmul(matrix(weight, n * n, g), reshape(weight, [out * channels, 9]), false, true)
  return reshape(product, [n * n, out, channels])
}

/** From the Winograd domain to rows of a map. */
function transformOutput(product: Node, images: number, size: Size, outputs: 2 | 4, turned: boolean): Node {
  const { output, turned: other } = transforms(outputs)
  const channels = product.shape[2] ?? 0
  const tiles = transformed(product, matrix(product, outputs ** 2, turned ? other.output : output), channels)
  const grid = covering(size, outputs)
  const split = reshape(tiles, [outputs ** 2, grid[0] * grid[1], images, channels])
  return fromTiles(split, size, outputs, grid)
}

const paddingOf = ({ padding: [padding = 0] }: ConvAttributes): number => padding

/** Rows [pixels, images, in] to rows [pixels, images, out]; without bias. */
export function forward(x: Node, weight: Node, attributes: ConvAttributes, size: Size, outputs: 2 | 4): Node {
  const padding = paddingOf(attributes)
  const product = matmul(
    transformInput(x, size, padding, outputs, false),
    transformWeights(weight, outputs),
    false,
    true,
  )
  const [height, width] = size
  const outputSize = [height + 2 * padding - 2, width + 2 * padding - 2] as const
  return transformOutput(product, x.shape[1] ?? 0, outputSize, outputs, false)
}

/** Rows of inputs and of gradients to the gradient of the weights, [out, in, 3, 3]. */
export function weightGradient(
  x: Node,
  g: Node,
  attributes: ConvAttributes,
  size: Size,
  outputs: 2 | 4,
): Node {
  const padding = paddingOf(attributes)
  const { inputs: n, outputAdjoint, weight } = transforms(outputs)
  const [height, width] = size
  const gradientSize = [height + 2 * padding - 2, width + 2 * padding - 2] as const
  const tiles = toTiles(g, gradientSize, outputs, covering(gradientSize, outputs))
  const channels = [g.shape[2] ?? 0, x.shape[2] ?? 0] as const
  const slopes = transformed(tiles, matrix(g, n * n, outputAdjoint), channels[0])
  const product = matmul(slopes, transformInput(x, size, padding, outputs, false), true, false)
  const flat = reshape(product, [n * n, channels[0] * channels[1]])
  return reshape(matmul(flat, matrix(g, n * n, weight), true, false), [...channels, 3, 3])
}

/** Rows of gradients to rows of the gradient of the inputs. */
export function inputGradient(
  g: Node,
  weight: Node,
  attributes: ConvAttributes,
  input: Shape,
  outputs: 2 | 4,
): Node {
  const padding = paddingOf(attributes)
  const [height = 0, width = 0] = input
  const gradientSize = [height + 2 * padding - 2, width + 2 * padding - 2] as const
  const slopes = transformInput(g, gradientSize, 2 - padding, outputs, true)
  const product = matmul(slopes, transformWeights(weight, outputs))
  return transformOutput(product, g.shape[1] ?? 0, [height, width], outputs, true)
}
