import { totalmem } from 'node:os'
import { relative } from 'node:path'
import type { Here } from './here.ts'

/** In Node.js: memory is that of the machine, or of the container that the process runs in. */
export const here: Here = {
  memory: () => {
    // Not a number that means anything where nothing limits it: 0, or one beyond all memory.
    const limit = process.constrainedMemory()
    return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
  },
  shownPath: (file) => {
    const short = relative(process.cwd(), file)
    return short.startsWith('..') ? file : short
  },
}
