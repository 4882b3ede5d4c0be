/** An interval of data and the pixels that it is drawn on. */
export interface Scale {
  readonly low: number
  readonly high: number
  readonly at: (value: number) => number
}

/** Data outside the interval are drawn at its ends. */
export const scale = (low: number, high: number, from: number, to: number): Scale => ({
  low,
  high,
  at: (value) => from + Math.min(1, Math.max(0, (value - low) / (high - low))) * (to - from),
})

/**
 * Moves labels apart until neighbours are `gap` pixels from each other (less where there is no room), each
 * as close above or below its wanted place as its neighbours allow. Keeps their order.
 */
export const moveApart = (wanted: readonly number[], gap: number, low: number, high: number): number[] => {
  const room = Math.min(gap, (high - low) / Math.max(1, wanted.length - 1))
  const order = wanted.map((_, index) => index).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0))
  const placed = wanted.map((place) => Math.min(high, Math.max(low, place)))
  let edge = low
  for (const index of order) {
    placed[index] = Math.max(placed[index] ?? low, edge)
    edge = placed[index] + room
  }
  edge = high
  for (const index of order.toReversed()) {
    placed[index] = Math.min(placed[index] ?? high, edge)
    edge = placed[index] - room
  }
  return placed
}
