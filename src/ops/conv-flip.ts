import { elements } from '../base/type.ts'
import type { Value } from '../ir/emitter.ts'
import type { Emitter, Node } from '../ir/node.ts'
import type { ConvAttributes, InputGradientAttributes } from './window.ts'

/** Whether the input gradient is a plain convolution: stride 1, no dilation, no groups. */
export const isFlippable = ({ kernel, stride, padding, dilation, groups }: ConvAttributes): boolean =>
  groups === 1 &&
  [...stride, ...dilation].every((step) => step === 1) &&
  kernel.every((taps, axis) => (padding[axis] ?? 0) < taps)

/**
 * The input gradient as a convolution of the gradient with the kernels turned by 180°, input and output
 * channels exchanged; faster than ConvTranspose where it applies.
 */
export function inputGradientByFlip(
  emitter: Emitter,
  node: Node<InputGradientAttributes>,
  [gradient, weight]: readonly Value[],
): Value {
  const { dtype, attributes, inputs } = node
  const { kernel, padding } = attributes
  const [out = 0, channels = 0] = inputs[1]?.shape ?? []
  const taps = elements(kernel)
  const reversed = Array.from({ length: taps }, (_, tap) => taps - 1 - tap)
  const shapes = {
    flat: [out, channels, taps],
    turned: [channels, out, taps],
    kernels: [channels, out, ...kernel],
  }
  const flat = emitter.node('Reshape', [weight, emitter.integers(shapes.flat)], { dtype, shape: shapes.flat })
  const flipped = emitter.node(
    'Gather',
    [flat, emitter.integers(reversed)],
    { dtype, shape: shapes.flat },
    { axis: 2 },
  )
  const turned = emitter.node('Transpose', [flipped], { dtype, shape: shapes.turned }, { perm: [1, 0, 2] })
  const kernels = emitter.node('Reshape', [turned, emitter.integers(shapes.kernels)], {
    dtype,
    shape: shapes.kernels,
  })
  const pads = kernel.map((size, axis) => size - 1 - (padding[axis] ?? 0))
  return emitter.node('Conv', [gradient, kernels], node, {
    kernel_shape: kernel,
    strides: [1, 1],
    pads: [...pads, ...pads],
    dilations: [1, 1],
    group: 1,
  })
}
