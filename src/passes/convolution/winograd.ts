import { sizeOf } from '../../base/shapes.ts'
import { bytesPerElement } from '../../base/dtype.ts'
import { elements, type Type } from '../../base/type.ts'
import { addAt } from '../../ops/add-at.ts'
import { matmul } from '../../ops/matmul.ts'
import { reshape } from '../../ops/shape.ts'
import { firstInParts, joinedLast, lastInParts, stackedParts, summedParts } from './parts.ts'
import { overlaps } from '../pixel-major/pixels.ts'
import { covering, indices, pick, pickOrZero } from '../pixel-major/rows.ts'
import { transforms } from './winograd-matrices.ts'
import { matrix, outputSize, transformed, transformGradient, transformInput } from './winograd-transforms.ts'
import { transformOutput, transformWeights, type Size } from './winograd-transforms.ts'
import type { Direction } from '../../bundle/lowerings.ts'
import type { Node } from '../../ir/node.ts'
import type { ConvAttributes } from '../../ops/window.ts'

/**
 * 3×3 convolutions of stride 1 and their gradients on rows as gathers and matrix products, F(m×m, 3×3). Equal
 * parts are shared between the three: the transformed input between forward and weight gradient, the transformed
 * weights between forward and input gradient, the transformed gradient between the two gradients. Where the
 * transformed weights are large, nothing but the transformed input is: some of the outputs' channels are done after others.
 */

export const isWinograd = ({ kernel, stride, dilation, groups, padding }: ConvAttributes): boolean =>
  groups === 1 &&
  kernel.every((taps) => taps === 3) &&
  [...stride, ...dilation].every((step) => step === 1) &&
  padding[0] === padding[1] &&
  padding[0] <= 2

const KERNEL = 9
/** Bytes of transformed weights that may be there at once; of their gradient half as many, as activity is still there then. */
const MOST_WEIGHTS = { forward: 2 ** 27, inputGradient: 2 ** 27, weightGradient: 2 ** 26 }

/** In how many parts of `out` channels weights are done that are so many bytes when they are transformed. */
export function partsOf(bytes: number, out: number, direction: Direction): number {
  for (let count = 1; count < out; count++)
    if (out % count === 0 && bytes <= count * MOST_WEIGHTS[direction]) return count
  return out
}

const partsOfWeights = ({ shape, dtype }: Type, outputs: 2 | 4, direction: Direction): number =>
  partsOf(
    ((outputs + 2) ** 2 * elements(shape) * bytesPerElement[dtype]) / KERNEL,
    sizeOf(shape, 0),
    direction,
  )

/** Rows [pixels, images, in] to rows [pixels, images, out]; without bias. */
export function forward(x: Node, weight: Node, attributes: ConvAttributes, size: Size, outputs: 2 | 4): Node {
  const map = outputSize(size, attributes)
  const tiles = transformInput(x, attributes, size, outputs)
  const compute = (kernels: Node, tiles: Node) =>
    transformOutput(
      matmul(tiles, transformWeights(kernels, outputs), false, true),
      sizeOf(x.shape, 1),
      map,
      outputs,
    )
  const count = partsOfWeights(weight, outputs, 'forward')
  if (count === 1) return compute(weight, tiles)
  return joinedLast(stackedParts(firstInParts(weight, count), tiles, compute))
}

/** Rows of inputs and of gradients to the gradient of the weights, [out, in, 3, 3]. */
export function weightGradient(
  x: Node,
  g: Node,
  attributes: ConvAttributes,
  size: Size,
  outputs: 2 | 4,
  mostKept: number,
): Node {
  const { inputs: n, weight } = transforms(outputs)
  const channels = sizeOf(x.shape, 2)
  const tiles = transformInput(x, attributes, size, outputs, mostKept)
  const compute = (g: Node, tiles: Node) => {
    const slopes = transformGradient(g, outputSize(size, attributes), outputs)
    const flat = reshape(matmul(slopes, tiles, true, false), [n * n, sizeOf(g.shape, 2) * channels])
    return matmul(flat, matrix(g, n * n, weight), true, false)
  }
  const whole = { dtype: g.dtype, shape: [sizeOf(g.shape, 2), channels, 3, 3] }
  const count = partsOfWeights(whole, outputs, 'weightGradient')
  const kernels = count === 1 ? compute(g, tiles) : stackedParts(lastInParts(g, count), tiles, compute)
  return reshape(kernels, whole.shape)
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
  const [padding] = attributes.padding
  const { inputs: n, inputAdjoint } = transforms(outputs)
  const images = sizeOf(g.shape, 1)
  const grid = outputSize(size, attributes)
  const compute = (g: Node, kernels: Node) =>
    matmul(transformGradient(g, grid, outputs), transformWeights(kernels, outputs))
  const count = partsOfWeights(weight, outputs, 'inputGradient')
  const product =
    count === 1
      ? compute(g, weight)
      : summedParts(lastInParts(g, count), firstInParts(weight, count), compute)
  const channels = sizeOf(product.shape, 2)
  const tiles = transformed(product, matrix(g, n * n, inputAdjoint), channels)
  const rows = reshape(tiles, [(n * n * sizeOf(tiles.shape, 1)) / images, images, channels])
  const [own, ...others] = overlaps(size, n, outputs, padding, covering(grid, outputs))
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
