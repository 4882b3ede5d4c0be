import { UserError } from '../../../src/base/error.ts'
import { webSession } from './session.ts'
import type { Platform } from '../../../runtime/platform/platform.ts'

const nowhere = (what: string): UserError =>
  new UserError('PlatformError', `a page has no ${what}`, { help: 'Train in Node.js: npx hebb train.' })

/** In a browser: onnxruntime-web, and no files. */
export const platform: Platform = {
  sessions: { settle: () => undefined, create: webSession, room: (bytes) => new ArrayBuffer(bytes) },
  files: {
    valuesIn: () => {
      throw nowhere('checkpoints')
    },
  },
  threads: {
    turn: () =>
      new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => {
          port1.close()
          resolve()
        }
        port2.postMessage(undefined)
      }),
    start: () => {
      throw nowhere('threads for batches')
    },
  },
}
