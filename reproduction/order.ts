import { present } from '../src/base/lists.ts'
import { names, published } from './names.ts'
import { variantNames } from '../rules/recipes/variants.ts'
import type { MeasuredRun, Reproduced } from './results.ts'

/** What the figures say of the paper's two claims, in words that the figures choose. */

interface Standing {
  readonly name: string
  readonly accuracy: number
  /** Mean cosine at the end; of rules with local credit. */
  readonly cosine: number | undefined
}

const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length

function standings(runs: readonly MeasuredRun[]): Standing[] {
  return variantNames.flatMap((name) => {
    const of = runs.filter((run) => run.name === name && run.end)
    const accuracy = mean(of.flatMap(({ end }) => end?.linear ?? []))
    const cosine = mean(of.flatMap(({ curve }) => curve.at(-1)?.cosines?.mean ?? []))
    return accuracy === undefined ? [] : [{ name, accuracy, cosine }]
  })
}

/** How many pairs two rankings order alike, and of how many. */
export function pairsAlike(
  first: readonly number[],
  second: readonly number[],
): { readonly alike: number; readonly pairs: number } {
  let [alike, pairs] = [0, 0]
  first.forEach((a, i) => {
    first.slice(i + 1).forEach((b, offset) => {
      const [c, d] = [second[i], second[i + 1 + offset]]
      pairs++
      if (c !== undefined && d !== undefined && (a - b) * (c - d) > 0) alike++
    })
  })
  return { alike, pairs }
}

const inOrder = (all: readonly Standing[], by: (standing: Standing) => number): string =>
  all
    .toSorted((a, b) => by(a) - by(b))
    .map(({ name }) => present(names[name], name))
    .join(' < ')

/** Both orders, pair by pair, and whether higher alignment goes with higher accuracy. */
export function orderText({ runs }: Reproduced): string {
  const all = standings(runs)
  if (all.length < 2) return 'One variant is at its end: there is no order yet.'
  const paper = ({ name }: Standing) => present(published[name], name)
  const { alike, pairs } = pairsAlike(
    all.map(({ accuracy }) => accuracy),
    all.map(paper),
  )
  const aligned = all.flatMap(({ accuracy, cosine }) => (cosine === undefined ? [] : [{ accuracy, cosine }]))
  const aligning = pairsAlike(
    aligned.map(({ accuracy }) => accuracy),
    aligned.map(({ cosine }) => cosine),
  )
  return [
    `By the linear probe: ${inOrder(all, ({ accuracy }) => accuracy)}.`,
    `In the paper: ${inOrder(all, paper)}.`,
    `Of ${pairs} pairs of variants, ${alike} stand in the paper's order.`,
    ...(aligned.length < 2
      ? []
      : [
          `Of ${aligning.pairs} pairs of local rules, in ${aligning.alike} the one that is better aligned at the end is the more accurate one.`,
        ]),
  ].join(' ')
}
