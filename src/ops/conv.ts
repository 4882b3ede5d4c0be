import { binary } from './arity.ts'
import { fourAxes, mapSize, sizeOf } from '../base/shapes.ts'
import { elements, showType, type Shape, type Type } from '../base/type.ts'
import { Misfit, make, notEmitted } from './define.ts'
import { sum } from './reduce.ts'
import { smooth } from './samples.ts'
import { reachOf, windowedSize, type ConvAttributes, type InputGradientAttributes } from './window.ts'
import { is } from './is.ts'
import { opaque } from './traits.ts'
import type { Node, Op, Sample } from '../ir/node.ts'

/**
 * Convolution of maps [rows, channels, height, width] with kernels [out, channels / groups, kh, kw], and its
 * gradients as ops of their own, so that each can be lowered in its own way.
 */

function infer(inputs: readonly Type[], attributes: ConvAttributes): Type {
  const [x, w, bias] = inputs
  if (x?.shape.length !== 4) throw new Misfit('needs maps [rows, channels, height, width]')
  if (w?.shape.length !== 4) throw new Misfit('needs kernels [out, channels, height, width]')
  const [rows, channels, ...size] = fourAxes(x.shape)
  const [out, expected] = fourAxes(w.shape)
  const { groups } = attributes
  if (x.dtype !== w.dtype) throw new Misfit(`mixes ${x.dtype} and ${w.dtype}`)
  if (channels !== expected * groups)
    throw new Misfit(`input has ${channels} channels, kernel expects ${expected * groups}`)
  if (out % groups !== 0) throw new Misfit(`${out} output channels do not divide into ${groups} groups`)
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== out))
    throw new Misfit(`bias is ${showType(bias)}, should have ${out} elements`)
  return { dtype: x.dtype, shape: [rows, out, ...windowedSize(attributes, size)] }
}

const onnxAttributes = ({ kernel, stride, padding, dilation, groups }: ConvAttributes) => ({
  kernel_shape: kernel,
  strides: stride,
  pads: [...padding, ...padding],
  dilations: dilation,
  group: groups,
})

const square = (
  kernel: number,
  stride: number,
  padding: number,
  dilation = 1,
  groups = 1,
): ConvAttributes => ({
  kernel: [kernel, kernel],
  stride: [stride, stride],
  padding: [padding, padding],
  dilation: [dilation, dilation],
  groups,
})
const uneven: ConvAttributes = {
  kernel: [3, 2],
  stride: [2, 1],
  padding: [1, 0],
  dilation: [1, 2],
  groups: 1,
}
const geometries: readonly (readonly [input: Shape, weight: Shape, attributes: ConvAttributes])[] = [
  [[2, 3, 5, 5], [4, 3, 3, 3], square(3, 1, 1)],
  [[2, 2, 6, 5], [3, 2, 3, 3], square(3, 2, 1)],
  [[1, 4, 5, 5], [6, 2, 3, 3], square(3, 1, 0, 1, 2)],
  [[1, 2, 7, 7], [2, 2, 3, 3], square(3, 1, 2, 2)],
  [[2, 2, 4, 4], [3, 2, 1, 1], square(1, 1, 0)],
  [[2, 2, 5, 6], [3, 2, 3, 2], uneven],
]

/** Strides that leave the last rows unread, pads larger than the kernel: the cases gradients get wrong. */
const outputShape = (x: Shape, w: Shape, attributes: ConvAttributes): Shape =>
  infer(
    [
      { dtype: 'float64', shape: x },
      { dtype: 'float64', shape: w },
    ],
    attributes,
  ).shape

/** A multiply and an add for each output and each weight that it reads, whichever of the three is computed. */
const work = (outputs: Type | undefined, weights: Type | undefined): number =>
  outputs && weights ? 2 * elements(outputs.shape) * elements(weights.shape.slice(1)) : 0
const forwardWork = (node: Node) => work(node, node.inputs[1])
const inputGradientWork = ({ inputs: [g, weights] }: Node) => work(g, weights)
const weightGradientWork = (node: Node) => work(node.inputs[1], node)

export const convOp: Op<ConvAttributes> = {
  name: 'conv2d',
  traits: opaque(forwardWork),
  infer,
  gradient: (node, g) => {
    const [x, w] = binary(node)
    return [
      () => make(inputGradientOp, [g, w], { ...node.attributes, input: mapSize(x.shape) }),
      () => make(weightGradientOp, [x, g], node.attributes),
      () => sum(g, [0, 2, 3]),
    ]
  },
  emit: (emitter, node, inputs) => emitter.node('Conv', inputs, node, onnxAttributes(node.attributes)),
  samples: [
    {
      inputs: [
        { dtype: 'float64', shape: [1, 1, 2, 2], values: [1, 2, 3, 4] },
        { dtype: 'float64', shape: [1, 1, 1, 2], values: [10, 1] },
        { dtype: 'float64', shape: [1], values: [5] },
      ],
      attributes: { ...square(1, 1, 0), kernel: [1, 2] },
      expect: [17, 39],
    },
    ...geometries.map(([x, w, attributes]): Sample<ConvAttributes> => ({
      inputs: [smooth(x), smooth(w)],
      attributes,
    })),
    { inputs: [smooth([2, 2, 4, 4]), smooth([3, 2, 3, 3]), smooth([3])], attributes: square(3, 1, 1) },
  ],
}

export const inputGradientOp: Op<InputGradientAttributes> = {
  name: 'conv2dInputGradient',
  traits: { ...opaque(inputGradientWork), zeroWith: [0, 1] },
  infer: ([g, w], { input, groups }) => {
    if (!g || !w) throw new Misfit('needs a gradient and kernels')
    return { dtype: g.dtype, shape: [sizeOf(g.shape, 0), sizeOf(w.shape, 1) * groups, ...input] }
  },
  // Linear in the gradient and in the kernels, as the convolution itself: the same three ops in other places.
  gradient: (node, upstream) => {
    const [g, w] = node.inputs
    if (!g || !w) throw new Error('conv2dInputGradient lost its operands')
    const { kernel, stride, padding, dilation, groups } = node.attributes
    const attributes = { kernel, stride, padding, dilation, groups }
    return [
      () => make(convOp, [upstream, w], attributes),
      () => make(weightGradientOp, [upstream, g], attributes),
    ]
  },
  emit: (emitter, node, inputs) => {
    const { input, ...attributes } = node.attributes
    // Rows that the strided window never reached have no gradient: ConvTranspose calls them output padding.
    const [g] = binary(node)
    const { stride, padding } = attributes
    const missing = ([0, 1] as const).map((axis) => {
      const reach = reachOf(attributes, axis)
      const reached = (mapSize(g.shape)[axis] - 1) * stride[axis] + reach - 2 * padding[axis]
      return input[axis] - reached
    })
    return emitter.node('ConvTranspose', inputs, node, {
      ...onnxAttributes(attributes),
      output_padding: missing,
    })
  },
  samples: geometries.map(([x, w, attributes]) => ({
    inputs: [smooth(outputShape(x, w, attributes)), smooth(w)],
    attributes: { ...attributes, input: mapSize(x) },
  })),
}

export const weightGradientOp: Op<ConvAttributes> = {
  name: 'conv2dWeightGradient',
  traits: { ...opaque(weightGradientWork), zeroWith: [0, 1] },
  infer: ([x, g], { kernel, groups }) => {
    if (!x || !g) throw new Misfit('needs an input and a gradient')
    return { dtype: x.dtype, shape: [sizeOf(g.shape, 1), sizeOf(x.shape, 1) / groups, ...kernel] }
  },
  gradient: (node, upstream) => {
    const [x, g] = node.inputs
    if (!x || !g) throw new Error('conv2dWeightGradient lost its operands')
    return [
      () => make(inputGradientOp, [g, upstream], { ...node.attributes, input: mapSize(x.shape) }),
      () => make(convOp, [x, upstream], node.attributes),
    ]
  },
  emit: notEmitted,
  samples: geometries.map(([x, w, attributes]) => ({
    inputs: [smooth(x), smooth(outputShape(x, w, attributes))],
    attributes,
  })),
}

/** Cross-correlation, as every deep-learning library's convolution; bias [out] is optional. */
export const conv2d = (x: Node, weight: Node, bias: Node | undefined, attributes: ConvAttributes): Node =>
  make(convOp, bias ? [x, weight, bias] : [x, weight], attributes)

/** A convolution, or a gradient of one. */
export const isConvolution = (node: Node): node is Node<ConvAttributes> =>
  is(node, convOp) || is(node, inputGradientOp) || is(node, weightGradientOp)

export const convOps = [convOp, inputGradientOp, weightGradientOp]
