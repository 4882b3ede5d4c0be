/** What a terminal of some size shows of what is written to it: as much of one as bars and tables need. */
export class Screen {
  private readonly lines: string[] = []
  private at = { row: 0, column: 0 }
  private wraps = true
  readonly stream: NodeJS.WriteStream

  private readonly rows: number
  private readonly columns: number

  /** @param said the size that it reports */
  constructor(
    rows: number,
    columns: number,
    said: { readonly rows: number; readonly columns: number } = { rows, columns },
  ) {
    this.rows = rows
    this.columns = columns
    const write = (text: string) => {
      this.write(text)
      return true
    }
    this.stream = Object.create(process.stderr, {
      isTTY: { value: true },
      rows: { value: said.rows },
      columns: { value: said.columns },
      writableLength: { value: 0 },
      write: { value: write },
    }) as NodeJS.WriteStream
  }

  /** From its first row to the last that holds anything. */
  get shown(): string[] {
    const lines = this.lines.map((line) => line.trimEnd())
    return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1)
  }

  write(text: string): void {
    for (const [, told = '', sign = '', plain = ''] of text.matchAll(
      // eslint-disable-next-line no-control-regex
      /\u001b\[([\d?]*)([A-Za-z])|\u001b[78]|([^\u001b])/gsu,
    )) {
      if (plain !== '') this.put(plain)
      else this.obey(sign, told)
    }
  }

  private put(character: string): void {
    const { at } = this
    if (character === '\r') at.column = 0
    else if (character === '\n') this.feed()
    else {
      // In the last column the cursor waits for another character.
      if (at.column === this.columns) {
        if (this.wraps) this.feed()
        else at.column--
      }
      const line = (this.lines[at.row] ?? '').padEnd(at.column)
      this.lines[at.row] = line.slice(0, at.column) + character + line.slice(at.column + 1)
      at.column++
    }
  }

  private feed(): void {
    const { at } = this
    at.column = 0
    at.row++
    if (at.row < this.rows) return
    at.row--
    this.lines.shift()
  }

  private obey(sign: string, told: string): void {
    const { at } = this
    const count = Number(told)
    const line = this.lines[at.row] ?? ''
    if (sign === 'A') at.row = Math.max(0, at.row - count)
    if (sign === 'B') at.row = Math.min(this.rows - 1, at.row + count)
    if (sign === 'G') at.column = count - 1
    if (sign === 'K') this.lines[at.row] = count === 2 ? '' : line.slice(0, at.column)
    if (sign === 'J') this.lines.splice(at.row, this.rows, line.slice(0, at.column))
    if (told === '?7') this.wraps = sign === 'h'
  }
}
