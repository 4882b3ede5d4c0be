import { Training } from './training.ts'
import { platform } from '../platform/platform.ts'
import type { Answer, Order } from '../messages.ts'

/** Trains in a thread of its own, so that the page answers meanwhile. One training a worker: it is ended with it. */

const tell = (answer: Answer): void => {
  postMessage(answer)
}

let training: Promise<Training> | undefined
/** Steps that may be done before the next order. */
let allowed = 0
let isStepping = false

addEventListener('message', ({ data: order }: MessageEvent<Order>) => {
  if (order.kind === 'begin') training = Training.begin(order, tell)
  else allowed = { go: Infinity, pause: 0, step: 1 }[order.kind]
  proceed().catch((error: unknown) => {
    tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
  })
})

async function proceed(): Promise<void> {
  if (isStepping || !training) return
  isStepping = true
  try {
    const begun = await training
    while (allowed > 0) {
      allowed--
      if (!(await begun.step())) {
        tell({ kind: 'ended' })
        allowed = 0
      }
      // Orders are heard only when the event loop turns.
      await platform.threads.turn()
    }
  } finally {
    isStepping = false
    tell({ kind: 'resting' })
  }
}
