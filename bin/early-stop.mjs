import { sayWarning } from './say.mjs'
import { stopping } from './signals.mjs'

/** Commands that a signal stops without loss, whenever it comes: what is not done by then is others'. */
const lossless = ['work']

/** Whether a command that has been stopped by a signal has done what it should. */
export const isLossless = (command) => lossless.includes(command)

// Nothing is begun yet. Of process 1 of a container, no signal would be heard that nobody listens to.
function end(signal) {
  sayWarning(`${signal}: stopped before anything was begun`)
  process.exit(0)
}

/** While a command is loaded: a signal that stops it ends it well, where it may. */
export function stopEarly(command) {
  if (isLossless(command)) for (const signal of stopping) process.on(signal, end)
}

/** The command itself hears signals from now on. */
export function hearSignals() {
  for (const signal of stopping) process.off(signal, end)
}
