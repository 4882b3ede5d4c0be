import { readFileSync } from 'node:fs'
import { clearInterval, setInterval } from 'node:timers'
import { sayWarning } from './say.mjs'

/** What npm calls itself where a shell of its own runs what it was asked to run: `npx` and `npm run …`. */
const starting = ['exec', 'run-script', 'start', 'test', 'restart', 'stop']
const LOOK_MS = 250

/** Whether this process leads a session: it was meant to go on without whoever started it. */
function leadsSession() {
  try {
    // After the name, which may have any character: state, parent, group, session.
    const [, , , session] = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return Number(session) === process.pid
  } catch {
    return false // not Linux
  }
}

/**
 * npm ends at a signal, and so does the shell in which it runs a command, but the command is told nothing. So where npm
 * started this one, and whoever started this process is gone, it is stopped as by SIGTERM.
 */
export function followNpm() {
  if (!starting.includes(process.env.npm_command) || leadsSession()) return
  const starter = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === starter) return
    clearInterval(timer)
    sayWarning('npm, which started hebb, has ended: it stops as at SIGTERM')
    process.kill(process.pid, 'SIGTERM')
  }, LOOK_MS).unref()
}
