import { spawn } from 'node:child_process'
import { allocatorSettings, nodeFlags } from '../runtime/session/allocator.mjs'

/** Tells a process whose it is. */
const PARENT = 'HEBB_PARENT'
const READY = 'ready'

let follows = false

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
  follows = true
  process.send(READY, () => undefined) // the parent may have ended just now
  process.channel.unref()
}

/** Tells the process that started this one how this command can be gone on with, should it be ended now. */
export function tellGoesOn(how) {
  if (follows && process.connected) process.send({ goesOn: how }, () => undefined)
}

/** How a follower's command can be gone on with, by the last that it has told; undefined before. */
export function hearGoesOn(child) {
  let last
  child.on('message', (told) => {
    if (typeof told?.goesOn === 'string') last = told.goesOn
  })
  return () => last
}
