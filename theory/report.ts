import { table } from '../src/cli/table.ts'
import type { CheckResult, FigureTable } from './check.ts'

/** A check as text: what holds and what does not, and the figures. */
export const checkText = ({ title, verdicts, tables }: CheckResult): string =>
  [
    title,
    verdicts.map(({ holds, claim }) => `  ${holds ? 'pass' : 'FAIL'}  ${claim}`).join('\n'),
    ...tables.map(tableText),
  ].join('\n\n')

const tableText = ({ caption, header, rows }: FigureTable): string => {
  const words = header.map((_, column) => rows.every((cells) => typeof cells[column] === 'string'))
  const text = table(
    header,
    rows.map((cells) => cells.map((cell) => (typeof cell === 'string' ? cell : short(cell)))),
    words.map((isWord) => (isWord ? 'l' : 'r')).join(''),
  )
  return `${caption}\n\n${text}`
}

/** `0.123`, `1.23`, `1.2e-15`. */
const short = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(1) : value.toPrecision(3)

export const failures = (checks: readonly CheckResult[]): string[] =>
  checks.flatMap(({ verdicts }) => verdicts.filter(({ holds }) => !holds).map(({ claim }) => claim))
