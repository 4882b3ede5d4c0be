import { formatPercent } from './format.ts'
import { markup } from './markup.ts'
import { drawResults } from './panels.ts'
import { drawingStyle } from './style.ts'
import type { Comparison } from './report.ts'
import type { Column, ResultTable, Row } from './results.ts'

/** How to read the drawing. */
export const drawingKey = ({ rows, reference }: ResultTable): string => {
  const spreads = rows.some(({ cells }) => cells.some(({ spread = 0 }) => spread > 0))
  const known = rows.some(({ name }) => name === reference)
  return [
    'Accuracy in per cent; every panel spans equally many points.',
    spreads ? ' Bars: ± spread.' : '',
    known ? ` Dashed: ${reference ?? ''}.` : '',
    ' Bold: best of its panel.',
  ].join('')
}

/** Lines of at most so many characters, where words are not longer. */
export const wrap = (text: string, longest: number): readonly string[] =>
  text.split(/\s+/).reduce<readonly string[]>((lines, word) => {
    const last = lines.at(-1)
    if (last === undefined) return [word]
    const longer = `${last} ${word}`
    return longer.length <= longest ? [...lines.slice(0, -1), longer] : [...lines, word]
  }, [])

const tell = ({ name, cells }: Row, columns: readonly Column[]): string => {
  const figures = columns.map(({ name: readout, group }, index) => {
    const place = group === undefined ? readout : `${group}, ${readout}`
    return `${place} ${formatPercent(cells[index]?.value ?? NaN)}`
  })
  return `${name}: ${figures.join('; ')}. `
}

/** The headline as one picture, 860 pixels wide, on a light ground: for a README. */
export const renderSummarySvg = ({ title, subtitle, table }: Comparison): string => {
  const [margin, width, head] = [24, 860, 76]
  const { content, height } = drawResults(table, width - 2 * margin, 3)
  const foot = wrap(`${drawingKey(table)} ${table.caption}`, 125)
  const lines = foot.map(
    (line, index) =>
      markup`<text x="${margin}" y="${head + height + 28 + 18 * index}" class="quiet">${line}</text>`,
  )
  const total = head + height + 28 + 18 * foot.length + 8
  return markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${total}" width="${width}" height="${total}" role="img" aria-labelledby="title description">
<title id="title">${title}</title>
<desc id="description">${drawingKey(table)} ${table.rows.map((row) => tell(row, table.columns))}</desc>
${drawingStyle}
<rect width="${width}" height="${total}" rx="8" class="page"/>
<text x="${margin}" y="36" font-size="18" class="strong">${title}</text>
<text x="${margin}" y="57" font-size="13" class="quiet">${subtitle}</text>
<g transform="translate(${margin} ${head})">
${content}</g>
${lines}</svg>
`.text
}
