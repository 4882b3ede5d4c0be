import type { Drawing } from './picture.ts'

/** A drawing as a PNG; the same drawing gives the same bytes. */
export async function pngOf({ height, width, bytes }: Drawing): Promise<Uint8Array> {
  // Loaded here alone: it takes longer than all else that the command line loads.
  const { default: sharp } = await import('sharp')
  return sharp(bytes, { raw: { height, width, channels: 3 } })
    .png()
    .toBuffer()
}
