import { formatPercent } from './format.ts'
import type { Column, ResultTable, Row } from './report.ts'

/** Neighbouring columns under one heading, with their positions in the table. */
export interface ColumnGroup {
  readonly heading: string | undefined
  readonly columns: readonly { readonly name: string; readonly position: number }[]
}

export const groupColumns = (columns: readonly Column[]): readonly ColumnGroup[] => {
  const starts = columns.flatMap(({ group }, index) =>
    index === 0 || group !== columns[index - 1]?.group ? [index] : [],
  )
  return starts.map((start, index) => ({
    heading: columns[start]?.group,
    columns: columns
      .slice(start, starts[index + 1])
      .map(({ name }, offset) => ({ name, position: start + offset })),
  }))
}

/** Baselines first, trained encoders below. */
export const splitRows = (rows: readonly Row[]): { baselines: readonly Row[]; trained: readonly Row[] } => ({
  baselines: rows.filter(({ baseline }) => baseline === true),
  trained: rows.filter(({ baseline }) => baseline !== true),
})

/** The highest figure of each column as it is printed, so that what looks equal is marked alike. */
export const bestFigures = ({ columns, rows }: ResultTable): readonly (string | undefined)[] =>
  columns.map((_, position) => {
    const values = rows.map(({ cells }) => cells[position]?.value ?? NaN).filter(Number.isFinite)
    return values.length > 0 ? formatPercent(Math.max(...values)) : undefined
  })
