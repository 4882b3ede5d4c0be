import { at } from '../../../../src/base/lists.ts'
import { rowSize, type RowShape } from '../../dataset.ts'
import { dataError } from '../../read.ts'
import type { Order } from '../../stored/piece.ts'
import type { NpyHeader } from './npy-header.ts'

/** How an array's axes are read: as the program wants them where that fits, else as they most likely are. */

export interface Layout {
  readonly shape: RowShape
  readonly order: Order
}

/** What the kind that was named says of images. */
export type Channels = 'first' | 'last' | undefined

const isColour = (channels: number): boolean => channels === 1 || channels === 3 || channels === 4

/** How many times longer than it has channels a signal is. */
const MUCH = 4

function candidates(axes: readonly number[], isBytes: boolean): readonly Layout[] {
  const [a = NaN, b = NaN, c = NaN] = axes
  const planes: Layout = { shape: [a, b, c], order: 'planes' }
  const pixels: Layout = { shape: [c, a, b], order: 'pixels' }
  if (axes.length === 3) return isColour(c) && !isColour(a) ? [pixels, planes] : [planes, pixels]
  const grey: Layout = { shape: [1, a, b], order: 'planes' }
  const signals: Layout = { shape: [a, 1, b], order: 'planes' }
  const lengthFirst: Layout = { shape: [b, 1, a], order: 'pixels' }
  // A signal is much longer than it has channels; of bytes, and where the sides are alike, it is an image.
  if (axes.length === 2 && !isBytes && a * MUCH <= b) return [signals, grey, lengthFirst]
  if (axes.length === 2 && !isBytes && b * MUCH <= a) return [lengthFirst, grey, signals]
  if (axes.length === 2) return [grey, signals, lengthFirst]
  return [{ shape: [1, 1, a], order: 'planes' }]
}

/**
 * The shape of a row, of an array [count, …]: images [channels, height, width], [height, width, channels] or
 * [height, width], signals [channels, length] or [length].
 *
 * @throws UserError ('DataError') where it is none of them, or could be two
 */
export function layoutOf(
  { shape, kind, bytes }: NpyHeader,
  name: string,
  wanted: RowShape | undefined,
  channels: Channels,
): Layout {
  const axes = shape.slice(1)
  if (axes.length < 1 || axes.length > 3 || shape.includes(0))
    throw dataError(
      name,
      `has the shape (${shape.join(', ')}), and images are [count, channels, height, width], signals [count, channels, length]`,
      'Reshape it.',
    )
  const all = candidates(axes, kind === 'u' && bytes === 1)
  const [first = NaN, second = NaN, last = NaN] = axes
  if (channels === 'first' && axes.length > 1)
    return { shape: axes.length === 2 ? [first, 1, second] : [first, second, last], order: 'planes' }
  if (channels === 'last' && axes.length > 1)
    return { shape: axes.length === 2 ? [second, 1, first] : [last, first, second], order: 'pixels' }
  const fitting = all.filter((each) => each.shape.join() === wanted?.join())
  const [fits, another] = fitting
  if (fits && (!another || another.order === fits.order)) return fits
  // Flat rows of the program's images, as scikit-learn keeps them.
  if (wanted && axes.length === 1 && rowSize({ shape: wanted }) === axes[0])
    return { shape: wanted, order: 'planes' }
  if (another || (axes.length === 3 && isColour(first) && isColour(last)))
    throw dataError(
      name,
      `has the shape (${shape.join(', ')}): either axis may count channels`,
      'Say which: --data numpy-chw:PATH or numpy-hwc:PATH.',
    )
  return at(all, 0)
}
