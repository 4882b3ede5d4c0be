import { INNER_WIDTH, renderAlone } from './alone.ts'
import { drawAccuracies } from './charts/accuracies.ts'
import { formatPercent } from './format.ts'
import { drawingKey } from './parts/accuracy.ts'
import type { Comparison } from './report.ts'
import type { Column, Row } from './results.ts'

const tell = ({ name, cells }: Row, columns: readonly Column[]): string => {
  const figures = columns.map(({ name: readout, group }, index) => {
    const place = group === undefined ? readout : `${group}, ${readout}`
    return `${place} ${formatPercent(cells[index]?.value ?? NaN)}`
  })
  return `${name}: ${figures.join('; ')}.`
}

/** The accuracies as one picture, 860 pixels wide, on a light ground: for a README. */
export const renderSummarySvg = ({ title, subtitle, table }: Comparison): string =>
  renderAlone(drawAccuracies(table, INNER_WIDTH), {
    title,
    subtitle,
    key: `${drawingKey(table)} ${table.caption}`,
    description: [
      'Accuracy in per cent.',
      drawingKey(table),
      ...table.rows.map((row) => tell(row, table.columns)),
    ].join(' '),
  })
