import { spawn } from 'node:child_process'
import { allocatorSettings, nodeFlags } from '../runtime/session/allocator.mjs'

/** Tells a process whose it is. */
const PARENT = 'HEBB_PARENT'
const READY = 'ready'

/** Whether another process of hebb has started this one. */
export const hasParent = () => process.env[PARENT] !== undefined

/**
 * Starts a command line in a process whose allocator suits it and which does not outlive this one. It tells when it is
 * ready to hear signals. The first words are a script of hebb's.
 */
export const startFollower = (words, { stdio, workers = 1 }) =>
  spawn(process.execPath, [...process.execArgv, ...nodeFlags(), ...words], {
    env: { ...process.env, ...allocatorSettings(workers), [PARENT]: String(process.pid) },
    stdio: [...stdio, 'ipc'],
  })

/** We are the other: this process must not outlive its parent, whatever it is doing, and in whichever order they start. */
export function followParent() {
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
