/**
 * What is drawn again and again at the lower end of a terminal: a table, or bars. What is said meanwhile goes above it; written
 * where the cursor stands, it would be drawn over, and would leave parts of what was drawn.
 */
export interface Drawn {
  /** Writes lines, the last one without its end, and leaves room below them for what is drawn. */
  readonly above: (text: string) => void
}

/** One may be begun while there is another, and is the one that is seen. */
const all = new Set<Drawn>()

/** For as long as it is on the screen. */
export function drawnNow(drawn: Drawn): void {
  all.add(drawn)
}

export function drawnNoMore(drawn: Drawn): void {
  all.delete(drawn)
}

/** Writes lines to standard error. @param before what parts them there from what stands in the cursor's line */
export function writeLines(text: string, before = ''): void {
  const drawn = [...all].at(-1)
  if (drawn) drawn.above(text)
  else console.error(`${before}${text}`)
}
