/** As a shell takes it for one word. */
export const word = (text: string): string =>
  /^[\w./:@=,+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`

/** Several of them, as a command. */
export const shellCommand = (words: readonly string[]): string => words.map(word).join(' ')
