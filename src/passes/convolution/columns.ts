import { at } from '../../base/lists.ts'
import { fourAxes, sizeOf, threeAxes } from '../../base/shapes.ts'
import { bytesPerElement } from '../../base/dtype.ts'
import { elements } from '../../base/type.ts'
import { matmul } from '../../ops/matmul.ts'
import { gather } from '../../ops/gather.ts'
import { concat } from '../../ops/concat.ts'
import { reshape, transpose } from '../../ops/shape.ts'
import { filled } from '../../ops/leaf.ts'
import { pixelOrder } from '../pixel-major/pixels.ts'
import { indices } from '../pixel-major/rows.ts'
import type { Node } from '../../ir/node.ts'
import type { ConvAttributes } from '../../ops/window.ts'

/**
 * Convolutions of any kernel, stride and dilation as one product over gathered columns. Columns are [channels ·
 * taps, pixels · images]: each index moves one contiguous run of all images, and forward and weight gradient
 * share them.
 */

type Size = readonly [number, number]

export const hasColumns = ({ groups }: ConvAttributes): boolean => groups === 1

/** Planes of a map, [channels, pixels, images], and the order of their pixels. */
export interface Planes {
  readonly node: Node
  /** Place of each pixel, `row · width + column`. */
  readonly places: readonly number[]
}

export function planesOfMaps(maps: Node): Planes {
  const [images, channels, height, width] = fourAxes(maps.shape)
  const flat = reshape(maps, [images, channels * height * width])
  const places = Array.from({ length: height * width }, (_, i) => i)
  return { node: reshape(transpose(flat, [1, 0]), [channels, height * width, images]), places }
}

export function planesOfPixelMajor(rows: Node, [height, width]: Size): Planes {
  const [pixels, images, channels] = threeAxes(rows.shape)
  const turned = transpose(reshape(rows, [pixels * images, channels]), [1, 0])
  return { node: reshape(turned, [channels, pixels, images]), places: pixelOrder(height, width).places }
}

/** Pixels of a map as they are asked for: `row · width + column`. */
export type Order = (height: number, width: number) => readonly number[]

export const inPixelOrder: Order = (height, width) => pixelOrder(height, width).pixels
export const rowByRow: Order = (height, width) => Array.from({ length: height * width }, (_, i) => i)

/** For each tap and output pixel, the input pixel that it reads; -1 outside the map. */
export function readPixels(
  { kernel, stride, padding, dilation }: ConvAttributes,
  input: Size,
  output: Size,
  order: Order = inPixelOrder,
): number[] {
  const [kh, kw] = kernel
  return taps(kh, kw).flatMap(([i, j]) =>
    order(...output).map((pixel) => {
      const y = Math.floor(pixel / output[1]) * stride[0] + i * dilation[0] - padding[0]
      const x = (pixel % output[1]) * stride[1] + j * dilation[1] - padding[1]
      return y < 0 || x < 0 || y >= input[0] || x >= input[1] ? -1 : y * input[1] + x
    }),
  )
}

/** For each tap and input pixel, the output pixel that read it through that tap; else -1. */
export function readBy(
  { kernel, stride, padding, dilation }: ConvAttributes,
  input: Size,
  output: Size,
  order: Order = inPixelOrder,
): number[] {
  const [kh, kw] = kernel
  const source = (axis: 0 | 1, position: number, tap: number): number => {
    const offset = position + padding[axis] - tap * dilation[axis]
    const step = stride[axis]
    return offset >= 0 && offset % step === 0 && offset / step < output[axis] ? offset / step : -1
  }
  return taps(kh, kw).flatMap(([i, j]) =>
    order(...input).map((pixel) => {
      const y = source(0, Math.floor(pixel / input[1]), i)
      const x = source(1, pixel % input[1], j)
      return y < 0 || x < 0 ? -1 : y * output[1] + x
    }),
  )
}

const taps = (kh: number, kw: number): (readonly [number, number])[] =>
  Array.from({ length: kh * kw }, (_, tap) => [Math.floor(tap / kw), tap % kw] as const)

/**
 * [channels · taps, pixels · images] of one pixel, or none, per tap and result.
 *
 * @param mostKept bytes that may be those of the forward pass; of more, another zero pixel makes others (`withZeros`)
 */
export function columns(
  { node, places }: Planes,
  pixels: readonly number[],
  taps: number,
  mostKept = Infinity,
): Node {
  const [channels, size, images] = threeAxes(node.shape)
  const sources = pixels.map((pixel) => (pixel < 0 ? size : at(places, pixel)))
  const bytes = channels * pixels.length * images * bytesPerElement[node.dtype]
  const zero = () => filled(node.dtype, [channels, bytes > mostKept ? 2 : 1, images], 0)
  const padded = sources.includes(size) ? concat([node, zero()], 1) : node
  return reshape(gather(padded, indices(sources), 1), [channels * taps, (pixels.length / taps) * images])
}

const asMatrix = (rows: Node): Node => {
  const [pixels, images, channels] = threeAxes(rows.shape)
  return reshape(rows, [pixels * images, channels])
}

/** To rows [pixels, images, out]; without bias. */
export function forward(
  x: Planes,
  weight: Node,
  attributes: ConvAttributes,
  input: Size,
  output: Size,
): Node {
  const taps = elements(attributes.kernel)
  const [out, channels] = fourAxes(weight.shape)
  const cols = columns(x, readPixels(attributes, input, output), taps)
  const product = matmul(cols, reshape(weight, [out, channels * taps]), true, true)
  return reshape(product, [output[0] * output[1], sizeOf(x.node.shape, 2), out])
}

/** Gradient of the weights, [out, in, kh, kw], from rows of gradients. */
export function weightGradient(
  x: Planes,
  g: Node,
  attributes: ConvAttributes,
  [input, output]: readonly [Size, Size],
  mostKept: number,
): Node {
  const taps = elements(attributes.kernel)
  const cols = columns(x, readPixels(attributes, input, output), taps, mostKept)
  const channels = sizeOf(x.node.shape, 0)
  const [pixels, images, out] = threeAxes(g.shape)
  const shape = [out, channels, ...attributes.kernel]
  if (pixels * images < channels * taps) return reshape(matmul(asMatrix(g), cols, true, true), shape)
  // As both lie in memory, and transposed as three axes: onnxruntime would put that of two back into the product.
  const product = reshape(matmul(cols, asMatrix(g)), [channels, taps, out])
  return reshape(transpose(product, [2, 0, 1]), shape)
}

/** Rows of the gradient of the inputs. */
export function inputGradient(
  g: Planes,
  weight: Node,
  attributes: ConvAttributes,
  input: Size,
  output: Size,
): Node {
  const taps = elements(attributes.kernel)
  const [out, channels] = fourAxes(weight.shape)
  const cols = columns(g, readBy(attributes, input, output), taps)
  const kernels = reshape(transpose(reshape(weight, [out, channels, taps]), [0, 2, 1]), [
    out * taps,
    channels,
  ])
  return reshape(matmul(cols, kernels, true, false), [input[0] * input[1], sizeOf(g.node.shape, 2), channels])
}
