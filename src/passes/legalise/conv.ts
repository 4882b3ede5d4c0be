import { at } from '../../base/lists.ts'
import { fourAxes, mapSize } from '../../base/shapes.ts'
import { elements, type Shape } from '../../base/type.ts'
import { binary } from '../../ops/arity.ts'
import { convOp, inputGradientOp, weightGradientOp } from '../../ops/conv.ts'
import { add } from '../../ops/elementwise.ts'
import { make } from '../../ops/define.ts'
import { gather } from '../../ops/gather.ts'
import { matmul } from '../../ops/matmul.ts'
import { reshape, transpose } from '../../ops/shape.ts'
import { columns, planesOfMaps, readBy, readPixels, rowByRow } from '../convolution/columns.ts'
import { indices } from '../pixel-major/rows.ts'
import { waysOf, type Way } from './way.ts'
import type { Node } from '../../ir/node.ts'
import type { ConvAttributes, InputGradientAttributes } from '../../ops/window.ts'

/**
 * Convolutions that are left to ONNX. As one product over columns they exist in float64, where onnxruntime has no
 * kernel, and are the only way to a weight gradient. The batch is the innermost axis of columns, so that every index
 * moves one contiguous run and index tables do not grow with the batch.
 */

/** On maps of a few pixels Conv does little work per call; one product over the whole batch does it faster. */
const SMALL = 16
const isSmall = ({ shape }: Node): boolean => elements(shape.slice(2)) <= SMALL

const small = `at most ${SMALL} pixels`

/** Why a convolution, or the gradient of its input, is a product over columns; undefined where it need not be. */
const whyColumns = (node: Node): string | undefined =>
  node.dtype === 'float64' ? node.dtype : isSmall(node) ? small : undefined

export const forward = waysOf(convOp, (node): Way => {
  const because = whyColumns(node)
  return because === undefined
    ? { as: 'Conv', because: node.dtype }
    : { as: 'columns', because, make: () => convByColumns(node) }
})

export const inputGradient = waysOf(inputGradientOp, (node): Way => {
  const because = whyColumns(node)
  if (because !== undefined) return { as: 'columns', because, make: () => inputGradientByColumns(node) }
  return isFlippable(node.attributes)
    ? { as: 'Conv, kernels turned', because: 'stride 1', make: () => inputGradientByFlip(node) }
    : { as: 'ConvTranspose', because: 'stride, dilation or groups' }
})

export const weightGradient = waysOf(weightGradientOp, (node): Way => ({
  as: 'columns',
  because: 'the only way',
  make: () => weightGradientByColumns(node),
}))

/** Of one group [a, b], of several [groups, a, b]. */
const grouped = (x: Node, groups: number, [rows, width]: readonly [number, number]): Node =>
  reshape(x, groups === 1 ? [rows, width] : [groups, rows, width])

/** [out, pixels · N] back to maps [N, out, H, W]. */
function toMaps(product: Node, shape: Shape): Node {
  const [images, ...rest] = fourAxes(shape)
  return reshape(transpose(reshape(product, [elements(rest), images]), [1, 0]), shape)
}

/** [groups, channels / groups · taps, pixels · N] of what a convolution reads of its input. */
function columnsOf(maps: Node, attributes: ConvAttributes, size: readonly [number, number]): Node {
  const { groups, kernel } = attributes
  const taps = elements(kernel)
  const read = readPixels(attributes, mapSize(maps.shape), size, rowByRow)
  const [images, channels] = fourAxes(maps.shape)
  const all = columns(planesOfMaps(maps), read, taps)
  return grouped(all, groups, [(channels / groups) * taps, size[0] * size[1] * images])
}

function convByColumns(node: Node<ConvAttributes>): Node {
  const [x, weight] = binary(node)
  const [, , bias] = node.inputs
  const { groups } = node.attributes
  const [out, perGroup, ...kernel] = fourAxes(weight.shape)
  const kernels = grouped(weight, groups, [out / groups, perGroup * elements(kernel)])
  const maps = toMaps(matmul(kernels, columnsOf(x, node.attributes, mapSize(node.shape))), node.shape)
  return bias ? add(maps, reshape(bias, [1, out, 1, 1])) : maps
}

/** dW = g · columnsᵀ, one product over all rows and positions. */
function weightGradientByColumns(node: Node<ConvAttributes>): Node {
  const [x, g] = binary(node)
  const { groups } = node.attributes
  const [images, out, height, width] = fourAxes(g.shape)
  const cols = columnsOf(x, node.attributes, [height, width])
  const ups = grouped(planesOfMaps(g).node, groups, [out / groups, height * width * images])
  const product = groups === 1 ? matmul(ups, cols, false, true) : matmul(ups, transpose(cols, [0, 2, 1]))
  return reshape(product, node.shape)
}

/** A product of turned kernels with the pixels of the gradient that read each pixel of the input. */
function inputGradientByColumns(node: Node<InputGradientAttributes>): Node {
  const [g, weight] = binary(node)
  const { groups, kernel } = node.attributes
  const [images] = fourAxes(node.shape)
  const [out, perGroup] = fourAxes(weight.shape)
  const taps = elements(kernel)
  const size = mapSize(node.shape)
  const cols = columns(planesOfMaps(g), readBy(node.attributes, size, mapSize(g.shape), rowByRow), taps)
  const gathered = grouped(cols, groups, [(out / groups) * taps, size[0] * size[1] * images])
  const turned = transpose(reshape(weight, [groups, out / groups, perGroup, taps]), [0, 2, 1, 3])
  const kernels = grouped(turned, groups, [perGroup, (out / groups) * taps])
  return toMaps(matmul(kernels, gathered), node.shape)
}

/** Whether the input gradient is a plain convolution: stride 1, no dilation, no groups. */
const isFlippable = ({ kernel, stride, padding, dilation, groups }: ConvAttributes): boolean =>
  groups === 1 &&
  [...stride, ...dilation].every((step) => step === 1) &&
  kernel.every((taps, axis) => at(padding, axis) < taps)

/**
 * The input gradient as a convolution of the gradient with the kernels turned by 180°, input and output channels
 * exchanged; faster than ConvTranspose where it applies.
 */
function inputGradientByFlip(node: Node<InputGradientAttributes>): Node {
  const [g, weight] = binary(node)
  const { kernel, padding } = node.attributes
  const [out, channels] = fourAxes(weight.shape)
  const taps = elements(kernel)
  const reversed = Array.from({ length: taps }, (_, tap) => taps - 1 - tap)
  const flipped = gather(reshape(weight, [out, channels, taps]), indices(reversed), 2)
  const kernels = reshape(transpose(flipped, [1, 0, 2]), [channels, out, ...kernel])
  return make(convOp, [g, kernels], {
    kernel,
    stride: [1, 1],
    padding: [kernel[0] - 1 - padding[0], kernel[1] - 1 - padding[1]],
    dilation: [1, 1],
    groups: 1,
  })
}
