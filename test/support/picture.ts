import sharp from 'sharp'

export interface Picture {
  readonly width?: number
  readonly height?: number
  /** Of the first pixel; each further byte is 7 more. */
  readonly from?: number
  readonly channels?: 1 | 3 | 4
}

/** Bytes that differ from pixel to pixel. */
export const pixelsOf = ({ width = 4, height = 4, from = 0, channels = 3 }: Picture = {}): Uint8Array =>
  Uint8Array.from({ length: width * height * channels }, (_, i) => (from + 7 * i) % 256)

const raw = (picture: Picture) => {
  const { width = 4, height = 4, channels = 3 } = picture
  const image = sharp(pixelsOf(picture), { raw: { width, height, channels } })
  return channels === 1 ? image.toColourspace('b-w') : image
}

/** As PNG, which keeps every bit. */
export const png = (picture: Picture = {}): Promise<Buffer> => raw(picture).png().toBuffer()
export const jpeg = (picture: Picture = {}): Promise<Buffer> => raw(picture).jpeg().toBuffer()

/** From all channels of a pixel together to channel by channel. */
export const planes = (pixels: Uint8Array): number[] =>
  [0, 1, 2].flatMap((channel) => [...pixels].filter((_, i) => i % 3 === channel))
