import { z } from 'zod'
import { listOf, plainLines, plainName } from '../../src/base/strangers.ts'
import { splits } from '../data/dataset.ts'

/** What the records of all that workers take have in common. */

const hash = z.string().regex(/^[0-9a-f]{64}$/)
const storedFile = z.strictObject({ sha256: hash, bytes: z.int().nonnegative() })

/** Below a folder: no part of it is hidden, or leads out of it. */
const relativePath = z.string().regex(/^(?!.*\.\.)[\w+=][\w.+=-]{0,199}(\/[\w+=][\w.+=-]{0,199}){0,3}$/)

/** A program, compiled. */
const bundleOfJob = z.strictObject({
  identity: hash,
  files: listOf(z.strictObject({ path: relativePath, ...storedFile.shape }), 1),
})
/** The data set, by what it holds: the SHA-256 of the images and labels that are trained on, as run.json has it. */
const dataOfJob = z.strictObject({ name: plainName, split: z.enum(splits), images: hash })
const jobId = z.string().regex(/^[\w-]{1,64}$/)

/** Who is at it, and how it ended. */
const standing = {
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  /** While it is running: the message by which its worker has it. */
  sequence: z.int().positive().nullable(),
  /** Who is at it, or has done it. */
  worker: plainName.nullable(),
  /** Why it failed. */
  failure: plainLines.nullable(),
  /** How often a worker has taken it. */
  attempts: z.int().nonnegative(),
  /** How often in a row, with nothing more done on the server, a worker gave it up for a reason of its own machine … */
  faults: z.int().nonnegative(),
  /** … or was lost with it. */
  losses: z.int().nonnegative(),
}

/** Of what nobody is at any more. */
const over = (state: 'done' | 'failed' | 'waiting') => ({ state, sequence: null, worker: null }) as const

/** Of what nobody has taken yet, or is to be taken as if nobody had. */
const untaken = { ...over('waiting'), attempts: 0, failure: null, faults: 0, losses: 0 } as const

/** Of what is further than it was. */
const furthered = { faults: 0, losses: 0 } as const

export { bundleOfJob, dataOfJob, furthered, jobId, over, relativePath, standing, storedFile, untaken }
