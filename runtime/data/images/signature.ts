import { shown } from '../../../src/base/file-error.ts'

/** What an image is told by: not its name, but how it begins. */

type Signature = readonly [name: string, at: number, begins: string]

const read: readonly Signature[] = [
  ['JPEG', 0, '\xff\xd8\xff'],
  ['PNG', 0, '\x89PNG\r\n\x1a\n'],
  ['GIF', 0, 'GIF87a'],
  ['GIF', 0, 'GIF89a'],
  ['WebP', 8, 'WEBP'],
  ['TIFF', 0, 'II*\0'],
  ['TIFF', 0, 'MM\0*'],
  ['TIFF', 0, 'II+\0'],
  ['TIFF', 0, 'MM\0+'],
  ['AVIF', 4, 'ftypavif'],
  ['AVIF', 4, 'ftypavis'],
  ['AVIF', 4, 'ftypmif1'],
]

const others: readonly Signature[] = [
  ['BMP', 0, 'BM'],
  ['HEIC', 4, 'ftyphei'],
  ['JPEG 2000', 4, 'jP  '],
  ['JPEG XL', 0, '\xff\x0a'],
  ['SVG', 0, '<svg'],
  ['PDF', 0, '%PDF'],
]

const LONGEST = 16

/** Names that may be those of images, to be read or told. Those of no image are none. */
export const imageEnding =
  /\.(jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|bmp|heic|heif|jp2|jxl|ppm|pgm|pnm|tga)$/i

/**
 * Refuses what is no image of a kind that is read, before any decoder sees it.
 *
 * @throws Error that says what it is instead
 */
export function requireImage(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new Error('is empty')
  const start = Buffer.from(bytes.subarray(0, LONGEST)).toString('latin1')
  const of = (list: readonly Signature[]) => list.find(([, at, begins]) => start.startsWith(begins, at))
  if (of(read)) return
  const [name] = of(others) ?? []
  if (name !== undefined) throw new Error(`is a ${name} image, which is not read: write it as PNG`)
  throw new Error(`is no image: it begins with '${shown(start)}'`)
}
