import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { allocatorSettings, keepsFreedMemory, nodeFlags } from '../runtime/allocator.mjs'

/** Commands that run graphs long enough for a second start of Node.js (50 ms) to pay. */
const running = ['train', 'probe', 'align', 'demo']
const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']

/**
 * Runs this command line in a process whose allocator suits it, and ends as that one ends; returns where this
 * process will do. What stops this process stops the other: signals are passed on, and a pipe between the two
 * tells of an end that cannot be passed on.
 */
export async function restartWithAllocator() {
  if (process.channel && keepsFreedMemory()) {
    // We are the other.
    process.once('disconnect', () => process.exit(128 + constants.signals.SIGKILL))
    process.channel.unref()
  }
  // How many is read later, by who can tell of a mistake.
  const several = process.argv.some((word) => /^--workers(=|$)/.test(word))
  const settings = allocatorSettings(several ? 2 : 1)
  if (!running.includes(process.argv[2]) || Object.keys(settings).length === 0) return
  const child = spawn(process.execPath, [...process.execArgv, ...nodeFlags(), ...process.argv.slice(1)], {
    env: { ...process.env, ...settings },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  // Ctrl-C reaches both from the terminal; the command takes two at once for one.
  for (const signal of passedOn) process.on(signal, () => child.kill(signal))
  await new Promise((resolve) => {
    child.once('error', resolve)
    child.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
  })
  for (const signal of passedOn) process.removeAllListeners(signal)
}
