import { z } from 'zod'
import { listOf, plainName, recordOf } from '../../src/base/strangers.ts'
import { providers } from '../session/options.ts'
import { bundleOfJob, dataOfJob, jobId, relativePath, standing, storedFile } from './job.ts'
import { PROTOCOL } from './names.ts'

/** What the server knows of a run that hosts make for a sweep, and of the workers that make them. */

/** A file in pieces, which may be appended to: what is there is not sent again. */
const keptFile = z.strictObject({ path: relativePath, parts: listOf(storedFile, 1) })

const runJobSchema = z.strictObject({
  protocol: z.literal(PROTOCOL),
  kind: z.literal('run'),
  /** The sweep, and the name that the run has in it. */
  job: jobId,
  name: z.string().regex(/^[\w+=][\w.+=-]*$/),
  bundle: bundleOfJob,
  /** Of the workers that may take it, whose machine says on which devices. */
  provider: z.enum(providers),
  /** Further flags of `hebb run` that may go to other hosts, with their values; those without one have an empty one. */
  flags: recordOf(plainName.or(z.literal(''))),
  seed: z.int().nonnegative(),
  threads: z.int().positive(),
  /** Of the whole run. */
  steps: z.int().positive(),
  data: dataOfJob,
  ...standing,
  /** Steps done at the last checkpoint that is on the server. */
  step: z.int().nonnegative(),
  /** The run's folder as it was then, but for its bundle; their owner is the record's key. */
  files: listOf(keptFile),
  /** What it has said so far, where it has said anything; its owner is the same. */
  said: storedFile.optional(),
})

const workerSchema = z.strictObject({
  protocol: z.literal(PROTOCOL),
  host: plainName,
  pid: z.int().positive(),
  version: plainName,
  provider: plainName,
  /** Runs or groups of layers that it does now, by record, each as far as it is. */
  at: listOf(z.strictObject({ record: plainName, step: z.int().nonnegative(), steps: z.int().positive() })),
  /** Data sets that it was asked for and does not have. */
  lacks: listOf(plainName),
})

export { runJobSchema, workerSchema }
export type RunJob = z.infer<typeof runJobSchema>
export type KeptFile = RunJob['files'][number]
export type WorkerEntry = z.infer<typeof workerSchema>
