import { z } from 'zod'
import { largestDifference, median, pairedRatio, spread } from './statistics.ts'
import type { Timing } from './harness.ts'

const spreadSchema = z.strictObject({ median: z.number(), low: z.number(), high: z.number() })

/** What one case came to: our time, those of the yardstick's variants, and the ratios of ours to theirs. */
export const comparisonSchema = z.strictObject({
  title: z.string(),
  /** Milliseconds a step. */
  ours: spreadSchema,
  theirs: z.record(z.string(), spreadSchema),
  /** The variant with the smallest median. */
  best: z.string(),
  /** Ours / theirs, round by round, for every variant. */
  ratios: z.record(z.string(), spreadSchema),
  rounds: z.int(),
  /** Largest relative difference of what both sides computed in the first steps; null where nothing is compared. */
  difference: z.number().nullable(),
})
export type Comparison = z.infer<typeof comparisonSchema>

/** Steps compared, of the warm-up's; later ones drift apart, as a rounding may flip a unit. */
const COMPARED = 2

/**
 * @param tolerance largest relative difference between both sides' first values; undefined: nothing to compare
 * @throws where both sides do not compute the same: their times then mean nothing
 */
export function compare(
  title: string,
  [ours, ...theirs]: readonly Timing[],
  tolerance: number | undefined,
): Comparison {
  const [first] = theirs
  if (!ours || !first) throw new Error('a comparison needs two')
  const best = theirs.reduce((a, b) => (median(b.rounds) < median(a.rounds) ? b : a))
  const difference =
    tolerance === undefined
      ? null
      : largestDifference(ours.values.slice(0, COMPARED), first.values.slice(0, COMPARED))
  if (difference !== null && !(difference <= (tolerance ?? 0)))
    throw new Error(`${title}: the two sides differ by ${difference}, more than ${tolerance ?? 0}`)
  return {
    title,
    ours: spread(ours.rounds),
    theirs: Object.fromEntries(theirs.map(({ name, rounds }) => [name, spread(rounds)])),
    best: best.name,
    ratios: Object.fromEntries(theirs.map(({ name, rounds }) => [name, pairedRatio(ours.rounds, rounds)])),
    rounds: ours.rounds.length,
    difference,
  }
}
