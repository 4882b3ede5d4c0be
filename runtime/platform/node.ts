import { sealedIn } from '../files/sealed.ts'
import { nodeSession } from '../session/node-session.ts'
import { settleSessions } from '../session/tf32.ts'
import { startThread } from '../workers/thread/thread.ts'
import type { Platform } from './platform.ts'

const modules = {
  batches: new URL('../batches/ahead/worker.ts', import.meta.url),
} as const

/** In Node.js: onnxruntime-node, descriptors of files, worker threads. */
export const platform: Platform = {
  sessions: {
    settle: settleSessions,
    create: nodeSession,
    room: (bytes) => Buffer.allocUnsafeSlow(bytes).buffer,
  },
  files: { valuesIn: ({ file, path }) => sealedIn(file, path) },
  threads: {
    turn: () => new Promise((resolve) => setImmediate(resolve)),
    start: ({ work, ...options }) => startThread({ ...options, module: modules[work] }),
  },
}
