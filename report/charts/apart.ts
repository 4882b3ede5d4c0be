import { at } from '../../src/base/lists.ts'

/**
 * Moves labels apart until neighbours are `gap` pixels from each other (less where there is no room), each
 * as close above or below its wanted place as its neighbours allow. Keeps their order.
 */
export const moveApart = (wanted: readonly number[], gap: number, low: number, high: number): number[] => {
  const room = Math.min(gap, (high - low) / Math.max(1, wanted.length - 1))
  const order = [...wanted.entries()].sort(([, a], [, b]) => a - b).map(([index]) => index)
  const placed = wanted.map((place) => Math.min(high, Math.max(low, place)))
  let edge = low
  for (const index of order) {
    placed[index] = Math.max(at(placed, index), edge)
    edge = at(placed, index) + room
  }
  edge = high
  for (const index of order.toReversed()) {
    placed[index] = Math.min(at(placed, index), edge)
    edge = at(placed, index) - room
  }
  return placed
}
