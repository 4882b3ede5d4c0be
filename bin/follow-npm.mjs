import { readFileSync } from 'node:fs'
import { clearInterval, setInterval } from 'node:timers'
import { sayWarning } from './say.mjs'

/** What npm calls itself where a shell of its own runs what it was asked to run: `npx` and `npm run …`, which is `run` since npm 11. */
const starting = ['exec', 'run-script', 'run', 'start', 'test', 'restart', 'stop']
const LOOK_MS = 250

/** What Linux says of a process; elsewhere, and of one that has ended, undefined. */
function told(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return undefined
  }
}

/** After the name, which may have any character: state, parent, group, session. */
const statusOf = (pid) =>
  told(pid, 'stat')
    ?.replace(/^.*\) /s, '')
    .split(' ')
    .map(Number) ?? []

/** Whether this process leads a session: it was meant to go on without whoever started it. */
const leadsSession = () => statusOf(process.pid)[3] === process.pid

/** The process that started this one, the one that started that, and so on, so many. */
function starters(count) {
  const found = [process.ppid]
  while (found.length < count) found.push(statusOf(found.at(-1))[1])
  return found
}

/** How many there are up to npm: what it starts has its variables, from its own start on. */
function upToNpm() {
  let count = 1
  while (told(starters(count).at(-1), 'environ')?.includes('npm_command=')) count++
  return count
}

/**
 * npm ends at a signal, and the shell in which it runs a command ends, too, or goes on waiting; the command is told nothing. So
 * where npm started this one, and it or who is between the two is gone, this process is stopped as by SIGTERM.
 */
export function followNpm() {
  if (!starting.includes(process.env.npm_command) || leadsSession()) return
  const count = upToNpm()
  const first = starters(count).join()
  const timer = setInterval(() => {
    if (starters(count).join() === first) return
    clearInterval(timer)
    sayWarning('npm, which started hebb, has ended: it stops as at SIGTERM')
    process.kill(process.pid, 'SIGTERM')
  }, LOOK_MS).unref()
}
