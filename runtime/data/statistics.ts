/** Per channel, where a byte of 255 is 1. */
export interface ChannelStatistics {
  readonly mean: readonly number[]
  readonly std: readonly number[]
}

/** Computed in bytes, whose sums are exact, and divided by 255 in the end. */
const ofHistogram = (histogram: Float64Array): { mean: number; std: number } => {
  const total = histogram.reduce((sum, occurrences) => sum + occurrences, 0)
  const average = (of: (byte: number) => number): number =>
    histogram.reduce((sum, occurrences, byte) => sum + occurrences * of(byte), 0) / total
  const mean = average((byte) => byte)
  const variance = average((byte) => (byte - mean) ** 2)
  // Images of one grey level are only shifted, never divided by zero.
  return { mean: mean / 255, std: variance > 0 ? Math.sqrt(variance) / 255 : 1 }
}

/** Mean and standard deviation of every channel of images [count, channels, pixels]. */
export const channelStatistics = (
  images: Uint8Array,
  channels: number,
  pixels: number,
): ChannelStatistics => {
  const perChannel = Array.from({ length: channels }, (_, channel) => {
    const histogram = new Float64Array(256)
    for (let start = channel * pixels; start < images.length; start += channels * pixels) {
      for (let index = start; index < start + pixels; index++) {
        const byte = images[index] ?? 0
        histogram[byte] = (histogram[byte] ?? 0) + 1
      }
    }
    return ofHistogram(histogram)
  })
  return { mean: perChannel.map(({ mean }) => mean), std: perChannel.map(({ std }) => std) }
}
