import { Misfit } from './define.ts'

/** Geometry of a kernel sliding over a map; shared by convolution and pooling. */

/** Of height and of width. */
export type Pair = readonly [number, number]

export type Window = Readonly<{
  /** Taps of the kernel. */
  kernel: Pair
  stride: Pair
  /** Zeros around the map: above and below, left and right. */
  padding: Pair
  dilation: Pair
}>

/** Pixels between the first and the last that a window reads, both counted. */
export const reachOf = ({ kernel, dilation }: Window, axis: 0 | 1): number =>
  (kernel[axis] - 1) * dilation[axis] + 1

/** Height and width of the map that the window makes of a map of this height and width. */
export function windowedSize(window: Window, size: Pair): Pair {
  const { stride, padding } = window
  const along = (axis: 0 | 1): number => {
    const reach = reachOf(window, axis)
    const room = size[axis] + 2 * padding[axis] - reach
    if (room < 0)
      throw new Misfit(
        `a window of ${reach} does not fit a map of ${size.join('×')}${padding[axis] > 0 ? ' with its padding' : ''}`,
        'use a smaller kernel or pool, more padding, or fewer pooling layers below',
      )
    return Math.floor(room / stride[axis]) + 1
  }
  return [along(0), along(1)]
}

export type ConvAttributes = Window & Readonly<{ groups: number }>
/** The gradient of the input has its shape, which stride makes ambiguous. */
export type InputGradientAttributes = ConvAttributes & Readonly<{ input: Pair }>

export const poolAttributes = ({ kernel, stride, padding, dilation }: Window) => ({
  kernel_shape: kernel,
  strides: stride,
  pads: [...padding, ...padding],
  dilations: dilation,
})
