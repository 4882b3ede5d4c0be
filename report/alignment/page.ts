import { formatNumber } from '../format.ts'
import { renderPage } from '../frame.ts'
import { markup } from '../markup.ts'
import { drawingStyle } from '../style.ts'
import { wrap } from '../summary.ts'
import { describeGroup, drawAlignment } from './chart.ts'
import type { Markup } from '../markup.ts'
import type { Cell } from '../results.ts'
import type { AlignmentPoint } from '../run.ts'
import type { AlignmentGroup, AlignmentReport, AlignmentSeries } from './data.ts'

const LEGEND =
  "Cosine similarity of each layer's local update and the backpropagated one. At 1 they point the same way. Bars: ± standard error over batches."

const drawing = (group: AlignmentGroup, kind: 'wide' | 'narrow'): Markup => {
  const width = kind === 'wide' ? 860 : 368
  const { content, height } = drawAlignment(group, width, kind === 'wide' ? 'beside' : 'below')
  return markup`<svg class="${kind}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img"
 aria-label="Cosine by layer. ${describeGroup(group)}">
${content}</svg>`
}

const figure = ({ value, spread }: Cell, decimals: number): Markup =>
  spread !== undefined && Number.isFinite(value) && Number.isFinite(spread)
    ? markup`${formatNumber(value, decimals)}<span class="spread">± ${formatNumber(spread, decimals)}</span>`
    : markup`${formatNumber(value, decimals)}`

const cells = ({ cosine, ratio }: AlignmentPoint, index: number): Markup =>
  markup`<td class="number${index > 0 ? ' first' : ''}">${figure(cosine, 3)}</td><td class="number">${figure(ratio, 2)}</td>`

const table = ({ layers, series }: AlignmentGroup): Markup => {
  const above = series.map(
    ({ name }, index) =>
      markup`<th scope="colgroup" colspan="2" class="number${index > 0 ? ' first' : ''}"><span>${name}</span></th>`,
  )
  const names = series.map(
    (_, index) =>
      markup`<th scope="col" class="number${index > 0 ? ' first' : ''}">Cosine</th><th scope="col" class="number">Ratio of norms</th>`,
  )
  const row = (name: string, point: (of: AlignmentSeries) => AlignmentPoint | undefined): Markup =>
    markup`<tr><th scope="row">${name}</th>${series.map((of, index) =>
      cells(point(of) ?? { cosine: { value: NaN }, ratio: { value: NaN } }, index),
    )}</tr>
`
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Alignment">
<table class="results"><thead><tr><td></td>${above}</tr>
<tr><th scope="col">Layer</th>${names}</tr></thead>
<tbody>${layers.map((layer, index) => row(layer, ({ points }) => points[index]))}</tbody>
<tbody>${row('Mean', ({ mean }) => mean)}</tbody></table></div>`
}

/** A page that needs nothing else: no script, no font, no network. */
export const renderAlignmentReport = (report: AlignmentReport): string =>
  renderPage(
    report,
    markup`<section><h2>Alignment with backpropagation</h2>
${report.groups.map(
  (group) => markup`<figure class="chart">${drawing(group, 'wide')}${drawing(group, 'narrow')}
<figcaption>${LEGEND}</figcaption></figure>
${table(group)}
`,
)}</section>
`,
  )

/** The drawings as one picture, 860 pixels wide, on a light ground. */
export const renderAlignmentSvg = ({ title, subtitle, groups }: AlignmentReport): string => {
  const [margin, width, head] = [24, 860, 76]
  let top = head
  const parts = groups.map((group) => {
    const { content, height } = drawAlignment(group, width - 2 * margin, 'beside')
    const part = markup`<g transform="translate(${margin} ${top})">
${content}</g>
`
    top += height + 16
    return part
  })
  const foot = wrap(LEGEND, 125).map(
    (line, index) =>
      markup`<text x="${margin}" y="${top + 4 + 18 * index}" class="quiet">${line}</text>
`,
  )
  const total = top + 18 * foot.length + 8
  return markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${total}" width="${width}" height="${total}" role="img" aria-labelledby="title description">
<title id="title">${title}</title>
<desc id="description">${LEGEND} ${groups.map(describeGroup).join('. ')}</desc>
${drawingStyle}
<rect width="${width}" height="${total}" rx="8" class="page"/>
<text x="${margin}" y="36" font-size="18" class="strong">${title}</text>
<text x="${margin}" y="57" font-size="13" class="quiet">${subtitle}</text>
${parts}${foot}</svg>
`.text
}
