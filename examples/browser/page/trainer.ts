import type { Answer, Begin, Order } from '../messages.ts'

/** A worker that trains: one for each training, as its memory and threads end with it. */
export class PageTrainer {
  private readonly worker: Worker

  constructor(begin: Begin, hear: (answer: Answer) => void) {
    this.worker = new Worker(new URL('worker.js', document.baseURI), { type: 'module' })
    this.worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      hear(data)
    }
    this.worker.onerror = ({ message }) => {
      hear({ kind: 'failed', message: message === '' ? 'the worker could not be started' : message })
    }
    this.tell(begin)
  }

  tell(order: Order): void {
    this.worker.postMessage(order)
  }

  end(): void {
    this.worker.terminate()
  }
}
