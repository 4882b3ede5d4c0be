import { plural } from './units.ts'
import type { ShownEncoder } from './probe-table.ts'

/** As many steps as classifiers take in the paper, 60 epochs of 50,000 images: who takes them has followed it. */
const PAPER = 30_000
/** More than this part of all that its loss fell by, it still fell by over the last tenth of the steps. */
const FALL = 0.02

/**
 * Linear classifiers that stopped learning too soon: their accuracies are lower than those of what the features tell, and
 * of features with small variances the more so.
 *
 * @param more the flag that lets them learn for longer
 */
export function stillLearning(encoders: readonly ShownEncoder[], more: string): string[] {
  const courses = encoders.flatMap(({ results }) => results.flatMap(({ course }) => course ?? []))
  const short = courses.filter(({ steps, fall }) => steps < PAPER && !(fall <= FALL))
  if (short.length === 0) return []
  // One that rose in between has fallen by more than from its first to its last.
  const most = Math.min(1, Math.max(...short.map(({ fall }) => fall)))
  const steps = Math.max(...short.map(({ steps }) => steps))
  return [
    `Note: ${short.length} of ${plural(courses.length, 'linear classifier')} had more to learn after ${plural(steps, 'step')}: up to ` +
      `${(100 * most).toFixed(0)}% of all that their losses fell by came in the last tenth.\nTheir accuracies are too low, and may order encoders wrongly; ${more} lets them go on.`,
  ]
}
