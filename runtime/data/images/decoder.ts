import { UserError } from '../../../src/base/error.ts'
import { shown } from '../../../src/base/file-error.ts'

type Decoder = (typeof import('sharp'))['default']

let loaded: Promise<Decoder> | undefined

async function load(): Promise<Decoder> {
  try {
    const { default: sharp } = await import('sharp')
    // Images are decoded side by side, each by one thread; none is wanted twice.
    sharp.concurrency(1)
    sharp.cache(false)
    return sharp
  } catch (error) {
    const [reason = ''] = String(error).split('\n')
    throw new UserError(
      'DataError',
      `images cannot be decoded here, since sharp does not load: ${shown(reason)}`,
      {
        help: 'Install it for this system: npm install --include=optional sharp. Other data sets are read without it.',
      },
    )
  }
}

/** sharp, loaded where the first image is decoded. @throws UserError ('DataError') where it is not for this system */
export const imageDecoder = (): Promise<Decoder> => (loaded ??= load())

/** More pixels are no image to learn from, but an attack on memory. */
const MOST_PIXELS = 2 ** 26

/** A damaged image is an error; what others decode too, in spite of odd headers, is none. */
export const decoderOptions = { failOn: 'error', limitInputPixels: MOST_PIXELS } as const

/** @throws Error where an image of so many pixels would be made */
export function requireFewPixels(width: number, height: number): void {
  if (width * height > MOST_PIXELS)
    throw new Error(`has ${width} × ${height} pixels, more than ${MOST_PIXELS}`)
}
