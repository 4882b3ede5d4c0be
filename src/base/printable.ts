const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/**
 * Text of others on one line, control characters as numbers: they would break a message, move a terminal's cursor, or turn
 * the figures behind them around (overrides of the direction).
 */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, escaped)

/** The same of text that has several lines of its own. */
export const printableLines = (text: string): string =>
  text.replace(/(?![\n\t])[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, escaped)

/** A value as JSON in lines, for people and programs: the same value, whatever characters its texts hold. */
export const jsonText = (value: unknown): string =>
  printableLines(JSON.stringify(value, null, 2).replace(listOfNumbers, (list) => list.replace(/\n */g, ' ')))

/** On one line, however long: a table of counts would take a page. */
const listOfNumbers = /\[\n[^[\]{}":]*\]/g
