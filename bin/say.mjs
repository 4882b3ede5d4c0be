// What is said before the command itself can say anything, or where it cannot any more.

const { argv } = process
const isJson = argv.includes('--log=json') || argv[argv.indexOf('--log') + 1] === 'json'

/** An error on standard error: as text, or as a line of JSON where the command line asks for that. */
export function sayError(message) {
  const line = { time: new Date().toISOString(), level: 'error', event: 'error', message }
  console.error(isJson ? JSON.stringify(line) : message)
}
