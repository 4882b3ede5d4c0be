/** What one check of the theory found. */
export interface CheckResult {
  readonly title: string
  readonly verdicts: readonly Verdict[]
  readonly tables: readonly FigureTable[]
}

/** One claim and whether the figures bear it out. */
export interface Verdict {
  readonly holds: boolean
  readonly claim: string
}

export interface FigureTable {
  readonly caption: string
  readonly header: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
}

export interface CheckOptions {
  readonly seed: number
  readonly networks: number
  /** Mini-batches of the data set; gradients are compared on the first. There must be enough for one best B. */
  readonly batches: number
  /** Asked between networks whether to go on; throws to stop. */
  readonly goOn?: () => void
}

/** Gradients that the theory says are equal may differ by this much, relative to the largest element. */
export const EQUAL = 1e-10
/** Compared gradients must have an element of this size: zeros would agree and prove nothing. Inputs are of size 1. */
export const NOT_SMALL = 1e-2

/** One verdict on what was compared, for how could zeros differ? */
export const notSmall = (name: string, sizes: readonly number[]): Verdict => {
  const smallest = Math.min(...sizes)
  return verdict(
    smallest >= NOT_SMALL,
    `${name}: the gradients compared are not small: max|g| ≥ ${figure(smallest)} (bound ${NOT_SMALL})`,
  )
}

export const verdict = (holds: boolean, claim: string): Verdict => ({ holds, claim })

/** `0.123`, `1.2e-15`. */
export const figure = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(1) : value.toFixed(3)
