import { constants } from 'node:os'
import { allocatorSettings } from '../runtime/session/allocator.mjs'
import { followParent, hasParent, startFollower } from './follow.mjs'

/** Commands that run graphs long enough for a second start of Node.js (50 ms) to pay. */
const running = ['train', 'run', 'probe', 'align', 'demo']
const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2']

/**
 * Runs this command line in a process whose allocator suits it, and ends as that one ends; returns where this
 * process will do. What stops this process stops the other: signals are passed on, and a pipe between the two
 * tells of an end that cannot be passed on.
 */
export async function restartWithAllocator() {
  if (hasParent()) {
    followParent()
    return
  }
  // How many is read later, by who can tell of a mistake.
  const workers = process.argv.some((word) => /^--workers(=|$)/.test(word)) ? 2 : 1
  if (!running.includes(process.argv[2]) || Object.keys(allocatorSettings(workers)).length === 0) return
  const child = startFollower(process.argv.slice(1), { stdio: ['inherit', 'inherit', 'inherit'], workers })
  const ready = new Promise((resolve) => child.once('message', resolve))
  const passOn = (signal) => {
    // Until the other is ready, this one would open its debugger.
    if (signal === 'SIGUSR1') void ready.then(() => child.kill(signal))
    else child.kill(signal)
  }
  // Ctrl-C reaches both from the terminal; the command takes two at once for one.
  for (const signal of passedOn) process.on(signal, passOn)
  await new Promise((resolve) => {
    child.once('error', resolve)
    child.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
  })
  for (const signal of passedOn) process.off(signal, passOn)
}
