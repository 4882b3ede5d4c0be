import { largestDifference, pairedRatio, spread, type Spread } from './statistics.ts'
import type { Timing } from './harness.ts'

/** A variant of the yardstick. */
export interface Rival {
  readonly name: string
  /** Milliseconds a step. */
  readonly time: Spread
  /** Our time / its time, round by round. */
  readonly ratio: Spread
  /** Our fastest round / its fastest: what is left when other processes slow down some rounds of both. */
  readonly ratioOfFastest: number
  readonly rounds: readonly number[]
}

/** What one case came to. */
export interface Comparison {
  readonly title: string
  readonly ours: { readonly time: Spread; readonly rounds: readonly number[] }
  readonly rivals: readonly Rival[]
  /**
   * Largest relative difference of what ours computed in the first steps, to what is right where that is known, else to
   * the yardstick's; null where nothing is compared.
   */
  readonly difference: number | null
}

/** Steps compared, of the warm-up's; later ones drift apart, as a rounding may flip a unit. */
export const COMPARED = 2

/**
 * @param timings ours, then those of the yardstick's variants
 * @param tolerance largest relative difference between both sides' first values; undefined: nothing to compare
 * @param exact the first values in higher precision, where they are known: both sides are then held to these
 * @throws where both sides do not compute the same: their times then mean nothing
 */
export function compare(
  title: string,
  [ours, ...theirs]: readonly Timing[],
  tolerance: number | undefined,
  exact?: Values,
): Comparison {
  const [first] = theirs
  if (!ours || !first) throw new Error('a comparison needs two')
  const time = spread(ours.rounds)
  const rivals = theirs.map(({ name, rounds }) => {
    const rival = spread(rounds)
    const ratio = pairedRatio(ours.rounds, rounds)
    return { name, time: rival, ratio, ratioOfFastest: time.least / rival.least, rounds }
  })
  return {
    title,
    ours: { time, rounds: ours.rounds },
    rivals,
    difference: tolerance === undefined ? null : checkedDifference(title, [ours, first], tolerance, exact),
  }
}

/** Whether the first values of both sides are further apart than that. */
export const differ = ([ours, theirs]: readonly Timing[], tolerance: number): boolean =>
  ours !== undefined && theirs !== undefined && !(ofFirst(ours.values, theirs.values) <= tolerance)

type Values = readonly (readonly number[])[]

const ofFirst = (values: Values, right: Values): number =>
  largestDifference(values.slice(0, COMPARED), right.slice(0, COMPARED))

function checkedDifference(
  title: string,
  [ours, theirs]: readonly [Timing, Timing],
  tolerance: number,
  exact?: Values,
): number {
  const checked = (values: Values, right: Values, what: string): number => {
    const difference = ofFirst(values, right)
    if (difference <= tolerance) return difference
    throw new Error(`${title}: ${what} by ${difference}, more than ${tolerance}`)
  }
  if (!exact) return checked(ours.values, theirs.values, 'the two sides differ')
  checked(theirs.values, exact, `${theirs.name} differs from float64`)
  return checked(ours.values, exact, `${ours.name} differs from float64`)
}

const least = <Item>(items: readonly Item[], size: (item: Item) => number): Item | undefined =>
  items.reduce<Item | undefined>((a, b) => (a === undefined || size(b) < size(a) ? b : a), undefined)

/** The variant of the yardstick with the smallest median. */
export const best = ({ rivals }: Comparison): Rival | undefined => least(rivals, ({ time }) => time.median)

/** Our fastest round / the fastest of any variant. */
export const ratioOfFastest = ({ rivals }: Comparison): number =>
  Math.max(...rivals.map((rival) => rival.ratioOfFastest))

export const rivalNamed = ({ rivals }: Comparison, wanted: string): Rival | undefined =>
  rivals.find(({ name }) => name === wanted)
