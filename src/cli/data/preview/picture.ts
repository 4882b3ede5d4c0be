/** Pixels in 0..1, [channels, height, width]; what is outside is drawn as the nearest end. */
export interface Picture {
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly values: Float32Array
}

/** Bytes of pixels, [height, width, 3]. */
export interface Drawing {
  readonly height: number
  readonly width: number
  readonly bytes: Uint8Array
}

/** A drawing of one colour. */
export function blank(height: number, width: number, shade: number): Drawing {
  return { height, width, bytes: new Uint8Array(height * width * 3).fill(shade) }
}

/** Draws one into another, its first pixel at (top, left). */
export function paste(onto: Drawing, { height, width, bytes }: Drawing, top: number, left: number): void {
  for (let y = 0; y < height; y++)
    onto.bytes.set(bytes.subarray(y * width * 3, (y + 1) * width * 3), ((top + y) * onto.width + left) * 3)
}

export const byteOf = (value: number): number => Math.round(255 * Math.min(Math.max(value, 0), 1))
