import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Origin } from '../error.ts'

const ownSources = ['src', 'runtime', 'bin'].map((part) =>
  fileURLToPath(new URL(`../../${part}/`, import.meta.url)),
)
const frame = /(?:\(|at |async )((?:file:\/\/)?\/[^()]*|[A-Za-z]:\\[^()]*):(\d+):(\d+)\)?$/

/** Paths below the working folder are shown relative to it. */
export function showPath(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}

export interface UserLine {
  /** The innermost line of the stack that is the user's. */
  readonly origin: Origin
  /** Whether the error was thrown by that very line, not by something of ours that it called. */
  readonly thrownThere: boolean
}

/** Where in a program or rule an error came from; undefined where no line of the user's was running. */
export function userLine({ stack = '' }: Error): UserLine | undefined {
  const places = stack.split('\n').flatMap((line) => {
    const [, place, row, column] = frame.exec(line) ?? []
    if (place === undefined) return []
    const path = place.startsWith('file:') ? fileURLToPath(place) : place
    return [{ path, line: Number(row), column: Number(column) }]
  })
  const isOurs = (path: string) =>
    path.includes('node_modules') || ownSources.some((folder) => path.startsWith(folder))
  const index = places.findIndex(({ path }) => !isOurs(path))
  const place = places[index]
  if (!place) return undefined
  const { path, line, column } = place
  return { origin: { file: showPath(path), line, column }, thrownThere: index === 0 }
}
