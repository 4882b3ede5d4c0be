import { conv2d } from '../../ops/conv.ts'
import { Tensor } from '../tensor.ts'
import { pixels } from './transform.ts'

/** What each tap of a kernel reads of an axis, [taps, size]: beyond the border the mirrored image. */
export function mirroredPlaces(size: number, taps: number): Tensor {
  const tap = pixels(taps)
    .sub((taps - 1) / 2)
    .reshape(taps, 1)
  return mirrored(pixels(size).reshape(1, size).add(tap), size)
}

/** Places on an axis, where those beyond its ends stand for those as far before them: 0 ↔ 0, -1 ↔ 1. */
const mirrored = (places: Tensor, size: number): Tensor =>
  places
    .abs()
    .neg()
    .add(size - 1)
    .abs()
    .neg()
    .add(size - 1)

/**
 * Images [rows, channels, height, width] blurred along an axis by a kernel of each row, [rows, taps], for axes of which
 * a matrix would be too large.
 */
export function convolved(images: Tensor, kernel: Tensor, vertical: boolean): Tensor {
  const [rows, taps] = [kernel.size(0), kernel.size(1)]
  const [axis, other] = vertical ? [2, 3] : [3, 2]
  const [size, reach] = [images.size(axis), (taps - 1) / 2]
  const places = mirrored(pixels(size + 2 * reach).sub(reach), size).cast('int64')
  // Every row has its own kernel: rows become groups of one convolution of channels.
  const extended = images.permute(axis, 1, 0, other).rows(places)
  const grouped = vertical ? extended.permute(1, 2, 0, 3) : extended.permute(1, 2, 3, 0)
  const shape = vertical ? ([taps, 1] as const) : ([1, taps] as const)
  const attributes = {
    kernel: shape,
    stride: [1, 1],
    padding: [0, 0],
    dilation: [1, 1],
    groups: rows,
  } as const
  const blurred = conv2d(grouped.node, kernel.reshape(rows, 1, ...shape).node, undefined, attributes)
  return new Tensor(blurred).permute(1, 0, 2, 3)
}
