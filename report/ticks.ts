import { formatNumber } from './format.ts'

export interface Ticks {
  readonly values: readonly number[]
  readonly labels: readonly string[]
}

/** Round steps as exact fractions: mantissa × 10^exponent. */
interface Step {
  readonly mantissa: number
  readonly exponent: number
}

/** Powers of ten below this have no finite reciprocal. */
const SMALLEST_SPAN = 1e-300

/** Dividing by a power of ten rounds correctly where multiplying by a negative power does not. */
const multiple = (index: number, { mantissa, exponent }: Step): number =>
  exponent < 0 ? (index * mantissa) / 10 ** -exponent : index * mantissa * 10 ** exponent

const larger = ({ mantissa, exponent }: Step): Step =>
  mantissa === 5 ? { mantissa: 1, exponent: exponent + 1 } : { mantissa: mantissa === 1 ? 2 : 5, exponent }

/**
 * The most round values (multiples of 1, 2 or 5 times a power of ten) in [low, high], at most `atMost` and
 * at least ⌊0.4 × atMost⌋ of them. None where the range is empty, not finite or too small to divide.
 */
export const ticks = (low: number, high: number, atMost: number): Ticks => {
  const span = high - low
  if (!(span > SMALLEST_SPAN) || !Number.isFinite(span) || atMost < 1) return { values: [], labels: [] }
  const within = (step: Step): number[] => {
    const size = multiple(1, step)
    // One more on either side, because the quotients are rounded; those outside are dropped.
    const first = Math.floor(low / size)
    const count = Math.ceil(high / size) - first + 1
    const all = Array.from({ length: count }, (_, index) => multiple(first + index, step))
    return all.filter((value) => value >= low && value <= high)
  }
  let step: Step = { mantissa: 1, exponent: Math.floor(Math.log10(span / atMost)) }
  while (within(step).length > atMost) step = larger(step)
  const decimals = Math.min(100, Math.max(0, -step.exponent))
  const values = within(step).map((value) => (value === 0 ? 0 : value))
  return { values, labels: values.map((value) => formatNumber(value, decimals)) }
}
