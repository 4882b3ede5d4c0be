import { at } from '../../src/base/lists.ts'
import { drawConfusion } from '../charts/confusion.ts'
import { formatNumber, formatPercent } from '../format.ts'
import { markup } from '../markup.ts'
import { svgOf } from '../plot/drawing.ts'
import { numberCell, scrolling, tableHead } from './part.ts'
import type { Markup } from '../markup.ts'
import type { Confusion } from '../judged.ts'

/** A table of more classes is folded behind the worst of them. */
const MOST_CLASSES = 20
/** The matrix of more classes leaves no room beside it. */
const SIDE_BY_SIDE = 10
const MOST_CONFUSED = 5
const WORST = 10

interface OfClass {
  readonly name: string
  readonly images: number
  readonly recall: number
  readonly precision: number
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

const perClass = ({ classes, counts }: Confusion): readonly OfClass[] =>
  classes.map((name, label) => {
    const right = at(at(counts, label), label)
    const images = sum(at(counts, label))
    return {
      name,
      images,
      recall: right / images,
      precision: right / sum(counts.map((row) => at(row, label))),
    }
  })

const mostConfused = ({ classes, counts }: Confusion): readonly string[] =>
  counts
    .flatMap((row, from) => {
      const total = sum(row)
      return row.map((count, to) => ({ from, to, count, total }))
    })
    .filter(({ from, to, count }) => from !== to && count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_CONFUSED)
    .map(
      ({ from, to, count, total }) =>
        `${at(classes, from)} taken for ${at(classes, to)}: ${formatNumber(count)} of ${formatNumber(total)} (${formatPercent(count / total)}\u00a0%)`,
    )

const table = (rows: readonly OfClass[], label: string): Markup =>
  scrolling(
    label,
    markup`<table>${tableHead(['Class', '>Images', '>Recall', '>Precision'])}
<tbody>${rows.map(
      ({ name, images, recall, precision }) =>
        markup`<tr><th scope="row">${name}</th>${[formatNumber(images), formatPercent(recall), formatPercent(precision)].map(numberCell)}</tr>
`,
    )}</tbody></table>`,
  )

const classTables = (rows: readonly OfClass[]): Markup => {
  if (rows.length <= MOST_CLASSES) return table(rows, 'Accuracy by class')
  const worst = rows.filter(({ recall }) => Number.isFinite(recall)).sort((a, b) => a.recall - b.recall)
  return markup`<h5>The ${WORST} classes with the lowest recall</h5>${table(worst.slice(0, WORST), 'The lowest recall')}
<details><summary>All ${rows.length} classes</summary>${table(rows, 'All classes')}</details>`
}

/** How often each class is taken for each other one, and how well each is known. */
export const confusionFigure = (confusion: Confusion): Markup => {
  const { probe, classes, counts } = confusion
  const right = sum(counts.map((row, label) => at(row, label)))
  const accuracy = formatPercent(right / sum(counts.flat()))
  const confused = mostConfused(confusion)
  const label = `Confusion matrix of ${classes.length} classes, ${accuracy} % right. Most often confused: ${confused.join('; ')}.`
  return markup`<div class="confusion${classes.length > SIDE_BY_SIDE ? ' many' : ''}"><figure><h4>Classes as judged by ${probe}</h4>
${scrolling('Confusion matrix', svgOf(drawConfusion(confusion), label))}
<figcaption>Rows: true classes; columns: judged ones; ${accuracy} % are on the diagonal. Stronger: a larger part of the row, by its square root.</figcaption></figure>
<div>${confused.length > 0 ? markup`<h4>Most often taken for another</h4><ol>${confused.map((line) => markup`<li>${line}</li>`)}</ol>` : undefined}
<h4>Accuracy by class, %</h4>${classTables(perClass(confusion))}</div></div>
`
}
