import { UserError } from '../base/error.ts'
import { currentOrigin } from '../ir/context.ts'
import { argument, nothingMore } from './check.ts'
import { module, type Module } from './module.ts'
import { pairOf, shownSides, sides, type Sides } from './sides.ts'
import { concat, type Tensor } from './tensor.ts'

/**
 * Cuts maps [rows, channels, H, W] into overlapping patches, squares or `[height, width]`, [rows × P, channels, height,
 * width], whose corners are `stride` apart; what is left over at the right and at the bottom is not read. The P patches of a row stay
 * together, in reading order (row by row of the grid), so that rules over patches take them as a time axis (CPC,
 * van den Oord et al. 2018; CLAPP, Illing et al. 2021). Belongs before the first weights of an encoder.
 *
 * @throws UserError ('ShapeError') where a map is smaller than a patch, ('ProgramError') where sizes are no counts.
 */
export function patches(size: Sides, stride: Sides = size, ...extra: readonly undefined[]): Module {
  nothingMore('patches', extra)
  argument('patches', 'size', sides(1), size)
  argument('patches', 'stride', sides(1), stride)
  const [[height, width], [down, across]] = [pairOf(size), pairOf(stride)]
  return module(`patches(${shownSides(size)}, stride ${shownSides(stride)})`, (x) => {
    const fits = x.shape.length === 4 && x.size(2) >= height && x.size(3) >= width
    if (!fits)
      throw new UserError(
        'ShapeError',
        `patches of ${height}×${width} do not fit in [${x.shape.join(', ')}]`,
        {
          origin: currentOrigin(),
          help: 'patches needs maps [rows, channels, height, width] that are at least as large',
        },
      )
    const strips = windows(x, 2, 1, height, down)
    const grid = windows(strips, 4, 2, width, across)
    return grid.reshape(x.size(0) * grid.size(1) * grid.size(2), x.size(1), height, width)
  })
}

/** Windows along an axis, side by side along a new axis at `place`, which lies before it. */
function windows(x: Tensor, axis: number, place: number, size: number, stride: number): Tensor {
  const count = Math.floor((x.size(axis) - size) / stride) + 1
  const cut = Array.from({ length: count }, (_, i) => {
    const window = x.slice(axis, i * stride, i * stride + size)
    return window.reshape(...window.shape.slice(0, place), 1, ...window.shape.slice(place))
  })
  return concat(cut, place)
}
