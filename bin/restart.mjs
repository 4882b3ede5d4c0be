import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { allocatorSettings, nodeFlags } from '../runtime/session/allocator.mjs'

/** Commands that run graphs long enough for a second start of Node.js (50 ms) to pay. */
const running = ['train', 'run', 'probe', 'align', 'demo']
const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2']
/** Tells the other process whose it is. */
const PARENT = 'HEBB_PARENT'
const READY = 'ready'

/**
 * Runs this command line in a process whose allocator suits it, and ends as that one ends; returns where this
 * process will do. What stops this process stops the other: signals are passed on, and a pipe between the two
 * tells of an end that cannot be passed on.
 */
export async function restartWithAllocator() {
  if (process.env[PARENT] !== undefined) {
    followParent()
    return
  }
  // How many is read later, by who can tell of a mistake.
  const several = process.argv.some((word) => /^--workers(=|$)/.test(word))
  const settings = allocatorSettings(several ? 2 : 1)
  if (!running.includes(process.argv[2]) || Object.keys(settings).length === 0) return
  const child = spawn(process.execPath, [...process.execArgv, ...nodeFlags(), ...process.argv.slice(1)], {
    env: { ...process.env, ...settings, [PARENT]: String(process.pid) },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
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

/** We are the other: this process must not outlive its parent, whatever it is doing, and in whichever order they start. */
function followParent() {
  const parent = Number(process.env[PARENT])
  // What a program starts is its own.
  delete process.env[PARENT]
  // As the parent was ended. An orderly exit would wait for threads, where onnxruntime may be working.
  const end = () => process.kill(process.pid, 'SIGKILL')
  process.once('disconnect', end)
  if (!process.connected || process.ppid !== parent) end()
  process.send(READY, () => undefined) // the parent may have ended just now
  process.channel.unref()
}
