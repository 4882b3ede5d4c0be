/** As a shell takes it for one word. */
export const word = (text: string): string =>
  /^[\w./:@=,+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`

/** Several of them, as a command. */
export const shellCommand = (words: readonly string[]): string => words.map(word).join(' ')

/** A command of hebb, as it is called where it is installed in a project. */
export const ownCommand = (words: readonly string[]): string => shellCommand(['npx', 'hebb', ...words])
