import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { folderMark } from '../../../src/base/file-kind.ts'

/** Tells what is published of a run's folder from all else, and is the same each time that somebody trains in it. */
export const ownerOf = (out: string): string => {
  const mark = JSON.stringify([hostname(), folderMark(out)])
  return `layers-${createHash('sha256').update(mark).digest('hex').slice(0, 16)}`
}
