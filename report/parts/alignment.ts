import { describeGroup, drawAlignment } from '../charts/alignment.ts'
import { formatNumber } from '../format.ts'
import { markup } from '../markup.ts'
import { svgOf } from '../plot/drawing.ts'
import { scrolling } from './part.ts'
import type { AlignmentGroup, AlignmentSeries } from '../alignment/data.ts'
import type { Markup } from '../markup.ts'
import type { Cell } from '../results.ts'
import type { Alignment, AlignmentPoint } from '../run.ts'

export const ALIGNMENT_LEGEND =
  "Cosine similarity of each layer's local update and the backpropagated one. At 1 they point the same way. Bars: ± standard error over batches."

const figure = ({ value, spread }: Cell, decimals: number): Markup =>
  spread !== undefined && Number.isFinite(value) && Number.isFinite(spread)
    ? markup`${formatNumber(value, decimals)}<span class="spread">± ${formatNumber(spread, decimals)}</span>`
    : markup`${formatNumber(value, decimals)}`

const edge = (index: number): string => (index > 0 ? 'number first' : 'number')

const cells = ({ cosine, ratio }: AlignmentPoint, index: number): Markup =>
  markup`<td class="${edge(index)}">${figure(cosine, 3)}</td><td class="number">${figure(ratio, 2)}</td>`

const unknown: AlignmentPoint = { cosine: { value: NaN }, ratio: { value: NaN } }

const table = ({ layers, series }: AlignmentGroup): Markup => {
  const above = series.map(
    ({ name }, index) =>
      markup`<th scope="colgroup" colspan="2" class="${edge(index)}"><span>${name}</span></th>`,
  )
  const names = series.map(
    (_, index) =>
      markup`<th scope="col" class="${edge(index)}">Cosine</th><th scope="col" class="number">Ratio of norms</th>`,
  )
  const row = (name: string, point: (of: AlignmentSeries) => AlignmentPoint | undefined): Markup =>
    markup`<tr><th scope="row">${name}</th>${series.map((of, index) => cells(point(of) ?? unknown, index))}</tr>
`
  return scrolling(
    'Alignment',
    markup`
<table class="results"><thead>${
      series.length > 1
        ? markup`<tr><td></td>${above}</tr>
`
        : undefined
    }<tr><th scope="col">Layer</th>${names}</tr></thead>
<tbody>${layers.map((layer, index) => row(layer, ({ points }) => points[index]))}</tbody>
<tbody>${row('Mean', ({ mean }) => mean)}${
      series.some(({ meanOfOthers }) => meanOfOthers)
        ? row('Mean of the rest', ({ meanOfOthers }) => meanOfOthers)
        : undefined
    }</tbody></table>`,
  )
}

/** What the last row leaves out. */
const rest = (series: readonly AlignmentSeries[]): Markup | undefined => {
  const alike = series.flatMap(({ name, meanOfOthers, byConstruction = [] }) =>
    meanOfOthers && byConstruction.length > 0 ? [`${byConstruction.join(', ')} of ${name}`] : [],
  )
  return alike.length > 0
    ? markup`<p class="quiet">The rest: without what is 1 by construction, as both sides take the same loss there: ${alike.join('; ')}.</p>
`
    : undefined
}

/** Drawing and table of programs of one encoder. */
export const alignmentFigure = (group: AlignmentGroup, width: number): Markup =>
  markup`<figure>${svgOf(drawAlignment(group, width), `Cosine by layer. ${describeGroup(group)}`)}
<figcaption>${ALIGNMENT_LEGEND}</figcaption></figure>
<div>${table(group)}
${rest(group.series)}</div>
`

/** Of one run. */
export const runAlignment = (name: string, alignment: Alignment): Markup =>
  markup`<div class="pairs">${alignmentFigure(
    {
      layers: alignment.layers.map(({ layer }) => layer),
      series: [alignmentSeries(name, 0, alignment)],
    },
    420,
  )}</div>
${(alignment.notes ?? []).map((note) => markup`<p class="quiet">${note}</p>`)}`

/** A run among others. */
export const alignmentSeries = (
  name: string,
  program: number,
  { layers, mean, meanOfOthers }: Alignment,
): AlignmentSeries => ({
  ...{ name, program, trainedProjections: false, points: layers, mean, meanOfOthers },
  byConstruction: layers.flatMap(({ layer, byConstruction }) => (byConstruction === true ? [layer] : [])),
})
