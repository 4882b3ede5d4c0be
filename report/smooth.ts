export type Point = readonly [step: number, loss: number]

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2
}

/** At most `count` of the items, evenly spread, the first and the last among them. */
export const spreadOut = <T>(items: readonly T[], count: number): readonly T[] =>
  items.length <= count
    ? items
    : Array.from({ length: count }, (_, index) =>
        Math.round((index * (items.length - 1)) / (count - 1)),
      ).flatMap((position) => items.slice(position, position + 1))

/**
 * Medians of windows of `window` neighbouring points, at most `count` of them, evenly spread. Near the start
 * a window is narrower to both sides (down to a quarter), so that the steep first steps keep their height.
 */
export const movingMedian = (points: readonly Point[], window: number, count: number): readonly Point[] => {
  const indexed = points.map(([step], index) => ({ step, index }))
  return spreadOut(indexed, count).map(({ step, index }) => {
    const half = Math.floor(window / 2)
    const reach = Math.max(Math.floor(half / 4), Math.min(half, index))
    return [step, median(points.slice(Math.max(0, index - reach), index + reach + 1).map(([, loss]) => loss))]
  })
}

/** The value below which the given part of the values lies. */
export const quantile = (values: readonly number[], part: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.round(part * (sorted.length - 1))] ?? NaN
}
