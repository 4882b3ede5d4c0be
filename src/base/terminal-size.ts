export interface TerminalSize {
  readonly rows: number
  readonly columns: number
}

/** Of a terminal that does not know its size, and says 0, the usual one. */
export const terminalSize = ({
  rows,
  columns,
}: Pick<NodeJS.WriteStream, 'rows' | 'columns'>): TerminalSize => ({
  rows: rows || 24,
  columns: columns || 80,
})
