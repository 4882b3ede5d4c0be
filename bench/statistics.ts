/** Order statistics: timings have long tails, so nothing here is a mean over rounds. */

/** The value below which the share `q` (0..1) of the values lies, between neighbours by linear interpolation. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = q * (sorted.length - 1)
  const [below = NaN, above = below] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
  return below + (above - below) * (place - Math.floor(place))
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** Median, quartiles and the least. */
export interface Spread {
  readonly least: number
  readonly median: number
  readonly low: number
  readonly high: number
}

export const spread = (values: readonly number[]): Spread => ({
  least: Math.min(...values),
  median: median(values),
  low: quantile(values, 0.25),
  high: quantile(values, 0.75),
})

/**
 * `ours` divided by `theirs` round by round: what slowed the machine down in a round was met by both and
 * cancels.
 */
export function pairedRatio(ours: readonly number[], theirs: readonly number[]): Spread {
  if (ours.length !== theirs.length) throw new Error(`${ours.length} rounds against ${theirs.length}`)
  return spread(ours.map((time, round) => time / (theirs[round] ?? NaN)))
}

/** The largest difference of corresponding numbers, relative to the larger of 1 and their size. */
export function largestDifference(
  a: readonly (readonly number[])[],
  b: readonly (readonly number[])[],
): number {
  const [left, right] = [a.flat(), b.flat()]
  if (left.length === 0 || left.length !== right.length)
    throw new Error(`${left.length} numbers against ${right.length}`)
  return Math.max(
    ...left.map((value, i) => {
      const other = right[i] ?? NaN
      return Math.abs(value - other) / Math.max(1, Math.abs(value), Math.abs(other))
    }),
  )
}
