/** What several measurements of one thing come to. */
export interface Summary {
  /** How many there are. */
  readonly count: number
  readonly mean: number
  /** Their standard deviation, by n − 1; of one measurement there is none. */
  readonly deviation: number | undefined
}

/** Mean and standard deviation; undefined of nothing. */
export function summarise(values: readonly number[]): Summary | undefined {
  const count = values.length
  if (count === 0) return undefined
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { count, mean, deviation: count === 1 ? undefined : Math.sqrt(squares / (count - 1)) }
}

/** The one in the middle, or the mean of the two there; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1)
  return middle.reduce((sum, value) => sum + value, 0) / middle.length
}

/** The differences of measurements that have the same key, such as a seed, on both sides: what both share cancels. */
export const pairedDifferences = <Key>(
  values: ReadonlyMap<Key, number>,
  baseline: ReadonlyMap<Key, number>,
): number[] =>
  [...values].flatMap(([key, value]) => {
    const other = baseline.get(key)
    return other === undefined ? [] : [value - other]
  })
