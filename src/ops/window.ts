import type { Shape } from '../base/type.ts'
import { Misfit } from './define.ts'

/** Geometry of a kernel sliding over a map; shared by convolution and pooling. */

export type Window = Readonly<{
  /** Height and width of the kernel, in taps. */
  kernel: readonly number[]
  stride: readonly number[]
  /** Zeros around the map: above and below, left and right. */
  padding: readonly number[]
  dilation: readonly number[]
}>

/** Height and width of the map that the window makes of a map of this height and width. */
export function windowedSize({ kernel, stride, padding, dilation }: Window, size: Shape): [number, number] {
  const [height = 0, width = 0] = size.map((length, axis) => {
    const reach = ((kernel[axis] ?? 1) - 1) * (dilation[axis] ?? 1) + 1
    const room = length + 2 * (padding[axis] ?? 0) - reach
    if (room < 0)
      throw new Misfit(
        `a window of ${reach} does not fit a map of ${size.join('×')}${(padding[axis] ?? 0) > 0 ? ' with its padding' : ''}`,
        'use a smaller kernel or pool, more padding, or fewer pooling layers below',
      )
    return Math.floor(room / (stride[axis] ?? 1)) + 1
  })
  return [height, width]
}

/**
 * Positions in the padded map (row-major, `height × width` after padding) that each tap meets:
 * [taps, outputs], taps and outputs in row-major order.
 */
export function windowIndices(
  { kernel: [kh = 1, kw = 1], stride: [sh = 1, sw = 1], dilation: [dh = 1, dw = 1] }: Window,
  paddedWidth: number,
  [rows, columns]: readonly [number, number],
): number[] {
  const indices: number[] = []
  for (let i = 0; i < kh; i++)
    for (let j = 0; j < kw; j++)
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++)
          indices.push((row * sh + i * dh) * paddedWidth + column * sw + j * dw)
  return indices
}

export type ConvAttributes = Window & Readonly<{ groups: number }>
/** The gradient of the input has its shape, which stride makes ambiguous. */
export type InputGradientAttributes = ConvAttributes & Readonly<{ input: Shape }>

export const poolAttributes = ({ kernel, stride, padding, dilation }: Window) => ({
  kernel_shape: kernel,
  strides: stride,
  pads: [...padding, ...padding],
  dilations: dilation,
})
