/** One number per batch, and what they say together. */
export interface Summary {
  readonly mean: number
  /** Of the mean, over batches; NaN for fewer than two. */
  readonly standardError: number
  /** By batch; NaN where there was nothing to measure. */
  readonly values: readonly number[]
}

/** Mean and standard error of the values that are finite; NaN where there are none. */
export function summarise(values: readonly number[]): Summary {
  const found = values.filter(Number.isFinite)
  const mean = meanOf(found)
  const squares = found.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const count = found.length
  return { mean, standardError: count > 1 ? Math.sqrt(squares / (count - 1) / count) : NaN, values }
}

export const meanOf = (values: readonly number[]): number =>
  values.length === 0 ? NaN : values.reduce((sum, value) => sum + value, 0) / values.length
