#!/usr/bin/env node
// What is wrong before anything can be loaded is told, too: so nothing of ours is imported here, only asked for.
import { closeSync, existsSync, openSync } from 'node:fs'
import { url } from 'node:inspector'
import { fileURLToPath } from 'node:url'

// Node.js opens its debugger at SIGUSR1 until somebody has listened to it; after that it ends the process, as it ends any
// other. What came before that is made up for: nobody asked for this debugger.
const listener = () => undefined
process.on('SIGUSR1', listener).off('SIGUSR1', listener)
const wantsDebugger = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((word) =>
  word.includes('--inspect'),
)
const requireNoDebugger = () => {
  if (!wantsDebugger && url() !== undefined) process.kill(process.pid, 'SIGUSR1')
}

const project = fileURLToPath(new URL('..', import.meta.url))

/** A package has its sources in a folder below that of package.json. */
const isClone = existsSync(`${project}package.json`)

/** By the code of an error: what it means where nothing of the user's has been read yet, and what to do. */
const reasons = {
  EMFILE: ['the limit of open files is too low', 'raise it: ulimit -n 1024'],
  ENFILE: ['the system has too many open files', 'close some programs'],
  EAGAIN: ['the limit of processes and threads is reached', 'raise it: ulimit -u'],
  ERR_WORKER_INIT_FAILED: ['no thread could be started', 'raise the limits: ulimit -u, ulimit -v'],
  ENOMEM: ['there is too little memory', 'raise the limit: ulimit -v unlimited'],
  ERR_WORKER_OUT_OF_MEMORY: ['there is too little memory', 'raise the limit: ulimit -v unlimited'],
  ERR_MODULE_NOT_FOUND: [
    'its dependencies are missing',
    isClone ? `run npm ci in ${project}` : 'install hebb again: npm install',
  ],
  EACCES: ['a file of its own may not be read', `check who may read ${project}`],
}

let sayError = console.error

function fail(error) {
  const lacksMemory = /out of memory|allocation failed|bad_alloc/i.test(error?.message)
  const [problem, help] = reasons[lacksMemory ? 'ENOMEM' : error?.code] ?? []
  if (problem === undefined) {
    sayError(
      `${error?.stack ?? error}\n\nThis is a bug of hebb, not of yours. Please report it with the lines above.`,
    )
    process.exit(70)
  }
  sayError(`hebb cannot start: ${problem} (${error.message.split('\n')[0]}); ${help}`)
  process.exit(1)
}
process.on('uncaughtException', fail)

/** Descriptors that loading the sources takes at once; with fewer, Node.js waits for its loader for ever. */
const DESCRIPTORS = 128

function requireDescriptors() {
  const open = []
  try {
    while (open.length < DESCRIPTORS) open.push(openSync(fileURLToPath(import.meta.url)))
  } finally {
    open.forEach(closeSync)
  }
}

function requireFolder() {
  try {
    process.cwd()
  } catch {
    sayError('hebb cannot start: the folder that it was started in is gone; change to one that is there')
    process.exit(1)
  }
}

try {
  ;({ sayError } = await import('./say.mjs'))
  requireNoDebugger()
  requireFolder()
  requireDescriptors()
  const { start } = await import('./start.mjs')
  requireNoDebugger()
  await start()
} catch (error) {
  fail(error)
}
