import { fileURLToPath } from 'node:url'
import { relative } from 'node:path'
import type { Origin } from '../error.ts'

/** Frames of the compiler itself are never the user's line. */
const ownFolder = fileURLToPath(new URL('..', import.meta.url))
const frame = /\(?((?:file:\/\/)?\/[^()]*|[A-Za-z]:\\[^()]*):(\d+):(\d+)\)?$/

/** The innermost stack frame outside the compiler: the line of the rule or program being traced. */
export function captureOrigin(): Origin | undefined {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 24
  const { stack = '' } = new Error()
  Error.stackTraceLimit = limit
  for (const line of stack.split('\n').slice(1)) {
    const [, place = '', row, column] = frame.exec(line) ?? []
    const path = place.startsWith('file:')
      ? fileURLToPath(place.replace(/\?.*$/, ''))
      : place.replace(/\?.*$/, '')
    if (path === '' || path.startsWith(ownFolder) || path.includes('node_modules')) continue
    return Object.freeze({ file: shorten(path), line: Number(row), column: Number(column) })
  }
  return undefined
}

/** Paths below the working folder are shown relative to it, as compilers do. */
function shorten(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}
