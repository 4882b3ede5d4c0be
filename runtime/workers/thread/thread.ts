import { Worker, type Transferable } from 'node:worker_threads'
import { described } from './described.ts'
import { STOP } from './stop.ts'

/** The worker's module finds its plan in `workerData.plan`. */
export interface ThreadOptions<Answer> {
  /** As messages name the worker: `the worker of conv1`. */
  readonly who: string
  readonly module: URL
  readonly plan: object
  readonly transfer?: readonly Transferable[]
  readonly onAnswer: (answer: Answer) => void
  /** Told once or more where the thread fails; it has then ended, or is about to. */
  readonly onFailure: (error: Error) => void
}

export interface Thread<Order> {
  /** Does nothing once the thread has ended. */
  readonly post: (order: Order, transfer?: readonly Transferable[]) => void
  /**
   * Tells the thread to end and waits until it has. It ends by itself: to end a thread from outside while
   * onnxruntime works in it aborts the whole process.
   */
  readonly stop: () => Promise<void>
}

/** Starts a thread. It lives, and keeps the process alive, until it is stopped or fails. */
export function startThread<Order, Answer>(options: ThreadOptions<Answer>): Thread<Order> {
  const { who, module, plan, transfer = [], onAnswer, onFailure } = options
  const worker = new Worker(new URL('./entry.mjs', import.meta.url), {
    workerData: { module: module.href, plan },
    transferList: [...transfer],
  })
  const fail = (cause: unknown) => {
    onFailure(described(cause, who))
  }
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', (code) => {
      if (code !== 0) fail(new Error(`it ended with code ${code}`))
      resolve()
    })
  })
  worker.on('message', onAnswer)
  worker.on('error', fail)
  return {
    post: (order, buffers = []) => {
      worker.postMessage(order, [...buffers])
    },
    stop: () => {
      worker.postMessage(STOP)
      return ended
    },
  }
}
