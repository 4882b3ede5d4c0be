import fs from 'node:fs'
import { url } from 'node:inspector'
import { getHeapStatistics } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { exitCodes } from '../exit-codes.ts'
import { userLine } from '../user-line.ts'
import { memoryError, timeoutError } from './timeout-error.ts'

/** As they are before a program can reach them; the first neither asks listeners nor waits for anything. */
const { reallyExit } = process as typeof process & { readonly reallyExit: (code: number) => never }

const { closeSync, writeSync } = fs

/** Who would read it may be gone: the process ends all the same. */
function tellIfHeard(text: string): void {
  try {
    writeSync(2, text)
  } catch {
    // Nobody is told.
  }
}

/** Under this name the watchdog finds what to call in the thread that hangs. */
const HOOK = 'hebb.overdue'

/** What tells promises that never settle from loops that never end gets this much longer to do so. */
const GRACE_MS = 500

/** How long the thread that hangs may take to say where it is. */
const ANSWER_MS = 2000

/**
 * Ends this process with the message of a user's mistake if it is still at work on a program after so many seconds, or
 * about to use up the memory, wherever this thread is: a loop that never ends cannot be left from inside. A second thread waits, then halts this
 * one as a debugger does, and has it say at which line it is. Returns what calls the watchdog off.
 */
export function watch(program: string, seconds: number): () => Promise<void> {
  // A debugger that is attached halts programs for as long as its user likes.
  if (url() !== undefined) return () => Promise.resolve()
  const { heap_size_limit: memory } = getHeapStatistics()
  const overdue = (isFull: boolean) => {
    Error.stackTraceLimit = 200
    const here = new Error()
    Error.captureStackTrace(here, overdue)
    const line = userLine(here)
    const { name, message } = isFull
      ? memoryError(program, memory, line)
      : timeoutError(program, seconds, line)
    tellIfHeard(`${name}: ${message}\n`)
    // Node.js would add there that a debugger is attached: our own thread.
    closeSync(2)
    reallyExit(exitCodes.userError)
  }
  Object.defineProperty(globalThis, Symbol.for(HOOK), { value: overdue, configurable: true })
  const { name, message } = timeoutError(program, seconds, undefined)
  const worker = new Worker(new URL('./watchdog-worker.mjs', import.meta.url), {
    workerData: {
      after: seconds * 1000 + GRACE_MS,
      answer: ANSWER_MS,
      memory,
      hook: `globalThis[Symbol.for('${HOOK}')]`,
      otherwise: `${name}: ${message}\n`,
    },
    execArgv: [],
  })
  worker.unref()
  // Where the system has no thread left, programs that hang are not told of.
  worker.on('error', () => undefined)
  return async () => {
    await worker.terminate()
    Reflect.deleteProperty(globalThis, Symbol.for(HOOK))
  }
}
