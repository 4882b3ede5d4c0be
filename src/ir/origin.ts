import { fileURLToPath } from 'node:url'
import { basename, relative } from 'node:path'
import type { Origin } from '../error.ts'

/** Frames of the compiler itself are never the user's line. */
const ownFolder = fileURLToPath(new URL('..', import.meta.url))
const packageFolder = fileURLToPath(new URL('../..', import.meta.url))
const frame = /\(?((?:file:\/\/)?\/[^()]*|[A-Za-z]:\\[^()]*):(\d+):(\d+)\)?$/

/**
 * The innermost stack frame outside the compiler: the line of the rule or program being traced. Lines of the file
 * `beside` are passed over, too.
 */
export function captureOrigin(beside?: string): Origin | undefined {
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
    if (path === beside) continue
    return Object.freeze({ file: path, line: Number(row), column: Number(column) })
  }
  return undefined
}

/**
 * A place as graphs name it: relative to this package for its own rules, the bare file name for a user's. It
 * must not depend on where a program was compiled.
 */
export function portableOrigin({ file, line, column }: Origin): string {
  const inside = relative(packageFolder, file).replaceAll('\\', '/')
  return `${inside.startsWith('..') ? basename(file) : inside}:${line}:${column}`
}
