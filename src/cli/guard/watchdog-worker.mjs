// Waits in a thread of its own, then halts the main thread and has it tell where it is. See watchdog.ts.
import { readFileSync, writeSync } from 'node:fs'
import { Session } from 'node:inspector'
import { setTimeout as wait } from 'node:timers/promises'
import { workerData } from 'node:worker_threads'

const { after, answer, call, otherwise } = workerData
await wait(after)

const session = new Session()
session.connectToMainThread()
session.on('Debugger.paused', ({ params }) => {
  const [{ callFrameId }] = params.callFrames
  session.post('Debugger.evaluateOnCallFrame', { callFrameId, expression: call })
})
session.post('Debugger.enable')
session.post('Debugger.pause')

// While it waits for another process it does not answer: that one ends first, with those that it waits for.
await wait(answer)
for (const child of descendantsOf(process.pid)) process.kill(child, 'SIGKILL')
await wait(answer)

// It waits for the system, as for a file that never comes: no line, and no end of its own.
writeSync(2, otherwise)
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
