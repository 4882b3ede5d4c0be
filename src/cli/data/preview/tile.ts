import { at } from '../../../base/lists.ts'
import { UserError } from '../../../base/error.ts'
import { blank, byteOf, type Drawing, type Picture } from './picture.ts'

/** Pixels of the screen that an image's shorter side should have, and its longer side at most. */
const [READABLE, LARGEST] = [96, 512]
/** Height of each channel of a signal. */
const HIGH = 64

/** How many pixels of the screen, across and down, a pixel of such an image takes: whole ones, or a part of one. */
export function scaleOf({ height, width }: Pick<Picture, 'height' | 'width'>): number {
  const [short, long] = [Math.min(height, width), Math.max(height, width)]
  if (long > LARGEST) return 1 / Math.ceil(long / LARGEST)
  return Math.max(1, Math.min(Math.ceil(READABLE / short), Math.floor(LARGEST / long)))
}

/** @throws UserError ('DataError') for images of which nobody knows the colours. */
export function tileOf(picture: Picture, scale: number): Drawing {
  if (picture.height === 1) return lines(picture)
  const { channels } = picture
  if (channels !== 1 && channels !== 3)
    throw new UserError('DataError', `images of ${channels} channels have no colours to draw them in`, {
      help: 'A preview shows images of 1 channel, as grey, or of 3, as red, green and blue; and signals of any number.',
    })
  return scaled(picture, scale)
}

function scaled({ channels, height, width, values }: Picture, scale: number): Drawing {
  const drawing = blank(Math.ceil(height * scale), Math.ceil(width * scale), 0)
  for (let y = 0; y < drawing.height; y++)
    for (let x = 0; x < drawing.width; x++) {
      const place = Math.floor(y / scale) * width + Math.floor(x / scale)
      for (let colour = 0; colour < 3; colour++) {
        const channel = channels === 1 ? 0 : colour
        drawing.bytes[(y * drawing.width + x) * 3 + colour] = byteOf(
          at(values, channel * height * width + place),
        )
      }
    }
  return drawing
}

/** A signal's channels one below the other, 1 at the top and 0 at the bottom of each. */
function lines({ channels, width, values }: Picture): Drawing {
  const columns = Math.min(LARGEST, Math.max(READABLE, width))
  const drawing = blank(channels * HIGH, columns, 0)
  for (let channel = 0; channel < channels; channel++)
    for (let column = 0; column < columns; column++) {
      // From the column's first sample to the next one's: what is between them is part of the line.
      const first = Math.floor((column * width) / columns)
      const last = Math.min(width - 1, Math.max(first, Math.floor(((column + 1) * width) / columns)))
      const part = values.subarray(channel * width + first, channel * width + last + 1)
      const y = (value: number) => Math.round((1 - byteOf(value) / 255) * (HIGH - 1))
      const [top, bottom] = [y(Math.max(...part)), y(Math.min(...part))]
      for (let row = top; row <= bottom; row++) {
        const place = ((channel * HIGH + row) * columns + column) * 3
        drawing.bytes.fill(255, place, place + 3)
      }
    }
  return drawing
}
