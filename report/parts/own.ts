import { formatNumber, formatPercent } from '../format.ts'
import { markup } from '../markup.ts'
import { numberCell, scrolling, tableHead } from './part.ts'
import type { Markup } from '../markup.ts'
import type { OwnClassifier, OwnClassifiers } from '../judged.ts'
import type { Run } from '../run.ts'

interface Owner {
  readonly run: string
  readonly own: OwnClassifiers
}

interface Look {
  /** Whether there are several runs, so that each is named. */
  readonly isMany: boolean
  readonly hasTop5: boolean
}

const sentence = ({ classifiers: [first], images }: OwnClassifiers): Markup | undefined =>
  first &&
  markup`<p class="headline">Its own classifier, on ${first.name}: <b>${formatPercent(first.accuracy)}\u00a0%</b> of ${formatNumber(images)} test images right${
    first.top5 === undefined ? '' : `, ${formatPercent(first.top5)}\u00a0% among its first five`
  }.</p>
`

const row = (
  { isMany, hasTop5 }: Look,
  { run, own }: Owner,
  { name, accuracy, top5 }: OwnClassifier,
): Markup =>
  markup`<tr>${isMany ? markup`<th scope="row">${run}</th><td>${name}</td>` : markup`<th scope="row">${name}</th>`}${numberCell(formatPercent(accuracy))}${hasTop5 ? numberCell(top5 === undefined ? '–' : formatPercent(top5)) : undefined}${numberCell(formatNumber(own.images))}</tr>
`

/** How well the classifiers do that runs have learned themselves; undefined where none has. */
export const ownAccuracies = (runs: readonly Run[]): Markup | undefined => {
  const owners = runs.flatMap(({ name, own }): Owner[] => (own ? [{ run: name, own }] : []))
  const [first] = owners
  if (!first) return undefined
  const isMany = runs.length > 1
  const hasTop5 = owners.some(({ own }) => own.classifiers.some(({ top5 }) => top5 !== undefined))
  const all = owners.flatMap((owner) =>
    owner.own.classifiers.map((each) => row({ isMany, hasTop5 }, owner, each)),
  )
  const heading = isMany ? ['Run', 'Own classifier on'] : ['Own classifier on']
  const table =
    all.length > 1
      ? scrolling(
          'Own classifiers',
          markup`<table>${tableHead([...heading, '>Accuracy, %', ...(hasTop5 ? ['>Top 5, %'] : []), '>Test images'])}
<tbody>${all}</tbody></table>`,
        )
      : undefined
  return markup`${isMany ? undefined : sentence(first.own)}${table}`
}
