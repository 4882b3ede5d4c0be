import { relative } from 'node:path'
import { placesOfError } from '../ir/call-sites.ts'
import { isUsers } from '../ir/origin.ts'
import type { Origin } from '../base/error.ts'

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
export function userLine(error: Error): UserLine | undefined {
  const places = [...placesOfError(error)]
  const index = places.findIndex(({ file }) => isUsers(file))
  const place = places[index]
  return place && { origin: { ...place, file: showPath(place.file) }, thrownThere: index === 0 }
}
