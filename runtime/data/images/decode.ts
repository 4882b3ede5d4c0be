import { at } from '../../../src/base/lists.ts'
import { decoderOptions, imageDecoder, requireFewPixels } from './decoder.ts'
import { enlarge } from './enlarge.ts'
import { fit } from './fit.ts'
import { requireImage } from './signature.ts'
import type { RowShape } from '../dataset.ts'

/** Grows when the same image comes out with other bits. */
export const DECODING = 'images decoded in way 1, by sharp'

export interface Header {
  /** As it is shown: turned as its EXIF orientation says. */
  readonly width: number
  readonly height: number
  readonly isGrey: boolean
}

const messageOf = (error: unknown): string => {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).trim().split('\n')
  return line
}

/** What sharp throws is about the image: our own words stay as they are. */
const decoding = async <Result>(decode: () => Promise<Result>): Promise<Result> => {
  try {
    return await decode()
  } catch (error) {
    throw new Error(`cannot be decoded: ${messageOf(error)}`)
  }
}

/** Size and colours, of which no pixel is decoded. @throws Error that says what is wrong with it */
export async function headerOf(bytes: Uint8Array): Promise<Header> {
  requireImage(bytes)
  const sharp = await imageDecoder()
  const { autoOrient, space } = await decoding(() => sharp(bytes, decoderOptions).metadata())
  const { width, height } = autoOrient
  requireFewPixels(width, height)
  return { width, height, isGrey: space === 'b-w' || space === 'grey16' }
}

/** All channels of a pixel together, red, green and blue. */
async function pixelsOf(bytes: Uint8Array, { width, height }: Header, wanted: RowShape): Promise<Uint8Array> {
  const sharp = await imageDecoder()
  const [, wantedHeight, wantedWidth] = wanted
  const resized = fit(width, height, wantedWidth, wantedHeight)
  requireFewPixels(resized.width, resized.height)
  const [isSame, isLarger] = [
    width === wantedWidth && height === wantedHeight,
    resized.width > width || resized.height > height,
  ]
  const image = sharp(bytes, decoderOptions)
    .autoOrient()
    .flatten({ background: '#000' })
    .toColourspace('srgb')
  if (!isSame && !isLarger)
    image
      .resize(resized.width, resized.height, { fit: 'fill', kernel: 'cubic' })
      .extract({ left: resized.left, top: resized.top, width: wantedWidth, height: wantedHeight })
  const { data, info } = await decoding(() =>
    image.removeAlpha().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true }),
  )
  const expected = isLarger ? { width, height } : { width: wantedWidth, height: wantedHeight }
  if (info.channels !== 3 || info.width !== expected.width || info.height !== expected.height)
    throw new Error(`was decoded to ${info.channels} × ${info.height} × ${info.width}`)
  return isLarger
    ? enlarge(data, { width, height }, resized, { width: wantedWidth, height: wantedHeight })
    : data
}

/** Weights of ITU-R 601, of 65,536, as Pillow has them: grey stays as it is. */
const [RED, GREEN, BLUE, HALF, BITS] = [19595, 38470, 7471, 0x8000, 16]

function grey(pixels: Uint8Array): Uint8Array {
  const found = new Uint8Array(pixels.length / 3)
  for (let i = 0; i < found.length; i++)
    found[i] =
      (RED * at(pixels, 3 * i) + GREEN * at(pixels, 3 * i + 1) + BLUE * at(pixels, 3 * i + 2) + HALF) >> BITS
  return found
}

function planes(pixels: Uint8Array): Uint8Array {
  const found = new Uint8Array(pixels.length)
  const size = pixels.length / 3
  for (let i = 0; i < size; i++)
    for (let channel = 0; channel < 3; channel++) found[channel * size + i] = at(pixels, 3 * i + channel)
  return found
}

/**
 * An image as a row [channels, height, width] of bytes: in sRGB, or grey for one channel; what is transparent lies over
 * black. One of another size is resized (bicubic) until it just covers the wanted one, and its middle is taken.
 *
 * @throws Error that says what is wrong with it
 */
export async function decodeImage(bytes: Uint8Array, header: Header, wanted: RowShape): Promise<Uint8Array> {
  const pixels = await pixelsOf(bytes, header, wanted)
  return wanted[0] === 1 ? grey(pixels) : planes(pixels)
}
