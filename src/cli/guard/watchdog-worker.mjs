// Waits in a thread of its own, then halts the main thread and has it tell where it is. See watchdog.ts.
import { readFileSync, writeSync } from 'node:fs'
import { Session } from 'node:inspector'
import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { workerData } from 'node:worker_threads'

const { after, answer, hook, memory, otherwise } = workerData
const PATIENCE_MS = 100

let connected
const session = () => {
  if (!connected) {
    connected = new Session()
    connected.connectToMainThread()
  }
  return connected
}

let heap = 0
/** Whether the main thread has almost used up its memory; it is asked only where the process is as large. */
const isFull = () => {
  if (process.memoryUsage.rss() < memory / 2) return false
  session().post('Runtime.getHeapUsage', (error, usage) => {
    if (!error) heap = usage.usedSize
  })
  return heap > 0.8 * memory
}

let full = false
for (const end = performance.now() + after; !full && performance.now() < end; full = isFull())
  await wait(Math.max(1, Math.min(PATIENCE_MS, end - performance.now())))

session().on('Debugger.paused', ({ params }) => {
  const [{ callFrameId }] = params.callFrames
  session().post('Debugger.evaluateOnCallFrame', { callFrameId, expression: `${hook}(${full})` })
})
session().post('Debugger.enable')
session().post('Debugger.pause')

// While it waits for another process it does not answer: that one ends first, with those that it waits for.
await wait(answer)
for (const child of descendantsOf(process.pid)) process.kill(child, 'SIGKILL')
await wait(answer)

// It waits for the system, as for a file that never comes: no line, and no end of its own.
try {
  writeSync(2, otherwise)
} catch {
  // Who would read it is gone.
}
process.kill(process.pid, 'SIGKILL')

/** Linux tells them; elsewhere none are known. */
function descendantsOf(pid) {
  const children = childrenOf(pid)
  return [...children, ...children.flatMap(descendantsOf)]
}

function childrenOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}
