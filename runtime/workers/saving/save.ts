import { parentPort, workerData } from 'node:worker_threads'
import { writeCheckpoint, type CheckpointOrder } from '../../files/write-checkpoint.ts'
import { discard } from '../../session/discard.ts'
import { STOP } from '../thread/stop.ts'
import type { SavedProgram } from '../../files/checkpoint.ts'

/** Writes checkpoints in a thread of its own, one after another; the first that cannot be written ends it. */

const program = (workerData as { plan: SavedProgram }).plan

parentPort?.on('message', (order: CheckpointOrder | typeof STOP) => {
  if (order === STOP) {
    parentPort?.close()
    return
  }
  const saved = writeCheckpoint(order, program)
  discard(Object.fromEntries(order.checkpoint.values))
  parentPort?.postMessage(saved)
})
