// What is said before the command itself can say anything, or where it cannot any more.

/** Whether words of a command line ask for JSON, however wrong they may be else. */
export const asksForJson = (words) =>
  words.some((word, i) => word === '--log=json' || (word === '--log' && words[i + 1] === 'json'))

/**
 * One line of JSON: when, how bad, what happened, and what is to be said of it. Numbers that are not finite are null.
 * Events have no fields of the names of the first three.
 */
export function eventLine(level, event, fields) {
  const head = { time: new Date().toISOString(), level, event }
  return JSON.stringify({ ...head, ...fields, ...head })
}

/** On standard error: as text, or as a line of JSON where the command line asks for that. */
const sayAs = (level, event) => (message) =>
  console.error(asksForJson(process.argv) ? eventLine(level, event, { message }) : message)
export const sayError = sayAs('error', 'error')
export const sayWarning = sayAs('warning', 'message')
