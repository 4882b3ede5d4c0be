import { formatPercent } from './format.ts'

/** Accuracies of methods (rows) by readouts (columns). */
export interface ResultTable {
  /** One sentence under the table; says what the figures and the spreads are. */
  readonly caption: string
  /** How they were measured: label and value, such as `['kNN', 'the 10 nearest training images vote']`. */
  readonly measured?: readonly (readonly [label: string, value: string])[] | undefined
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
  /** Name of the row that the others should beat; drawn as a dashed line. */
  readonly reference?: string | undefined
}

export interface Column {
  readonly name: string
  /** Neighbours of the same group share a heading, such as `Global averages`. */
  readonly group?: string | undefined
}

export interface Row {
  readonly name: string
  /** One per column. */
  readonly cells: readonly Cell[]
  /** Not a trained encoder: set apart from the others. */
  readonly baseline?: boolean | undefined
}

/** Fractions of 1, shown in per cent. NaN: not measured. */
export interface Cell {
  readonly value: number
  readonly spread?: number | undefined
}

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
