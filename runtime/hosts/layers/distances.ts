import { bytesAStep, crossingsOf } from './crossing.ts'
import type { Section } from '../../../src/bundle/schema/section.ts'

/** How far groups may be from each other, and from where they can be gone on from. */

/** Bytes of activity that are kept for groups that have to do some steps again … */
const KEPT_BYTES = 1024 ** 3
/** … and steps that these are at most: each group remembers where in the stream each of them begins. */
const KEPT_STEPS = 10_000
/** What a tensor takes of the stream beside its bytes: headers, and what the server writes with each message. */
const BESIDE_BYTES = 1024

/** Steps that groups may be ahead of the slowest one, and from one place to the next that a group can be gone on from. */
export function distances(
  sections: readonly Section[],
  checkpointEvery: number,
): { readonly ahead: number; readonly every: number; readonly bytes: number } {
  const bytes = crossingsOf(sections).reduce(
    (sum, read) => sum + bytesAStep(read) + BESIDE_BYTES * read.length,
    0,
  )
  const fits = Math.max(1, Math.min(KEPT_STEPS, Math.floor(KEPT_BYTES / Math.max(1, bytes))))
  const ahead = Math.min(4 * sections.length, Math.max(sections.length + 1, fits))
  return { ahead, every: Math.min(checkpointEvery, fits), bytes }
}

/** Steps that a group does beyond the last place that it can be gone on from, which it may be writing still. */
export const mostBeyond = (every: number): number => 2 * every

/** Steps before which a group cannot be, of which activity comes to one that has done so many. */
export const farthest = (sections: readonly Section[], every: number): number =>
  distances(sections, every).ahead + mostBeyond(every)
