import { printable } from '../base/printable.ts'

export type Cell = string | number

/**
 * Text with aligned columns, as long as its widest cell each, two spaces apart. `align` has one letter per
 * column, l or r; by default the first column is a name on the left, and the others are on the right.
 */
export function table(header: readonly string[], rows: readonly (readonly Cell[])[], align?: string): string {
  const sides = align ?? `l${'r'.repeat(header.length - 1)}`
  const lines = [header, ...rows].map((cells) => cells.map((cell) => printable(String(cell))))
  const widths = header.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)))
  const aligned = lines.map((cells) =>
    widths
      .map((width, column) => {
        const cell = cells[column] ?? ''
        return sides[column] === 'r' ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd(),
  )
  const rule = widths.map((width) => '─'.repeat(width)).join('  ')
  return [aligned[0] ?? '', rule, ...aligned.slice(1)].join('\n')
}
