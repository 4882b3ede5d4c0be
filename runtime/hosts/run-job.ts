import { z } from 'zod'
import { listOf, plainLines, plainName, recordOf } from '../../src/base/strangers.ts'
import { splits } from '../data/dataset.ts'
import { providers } from '../session/options.ts'
import { PROTOCOL } from './names.ts'

/** What the server knows of a run that hosts make for a sweep, and of the workers that make them. */

const hash = z.string().regex(/^[0-9a-f]{64}$/)
const storedFile = z.strictObject({ sha256: hash, bytes: z.int().nonnegative() })

/** Below a folder: no part of it is hidden, or leads out of it. */
const relativePath = z.string().regex(/^(?!.*\.\.)[\w+=][\w.+=-]{0,199}(\/[\w+=][\w.+=-]{0,199}){0,3}$/)

/** A file in pieces, which may be appended to: what is there is not sent again. */
const keptFile = z.strictObject({ path: relativePath, parts: listOf(storedFile, 1) })

/** A program, compiled. */
const bundleOfJob = z.strictObject({
  identity: hash,
  files: listOf(z.strictObject({ path: relativePath, ...storedFile.shape }), 1),
})
/** The data set, by what it holds: the SHA-256 of the images and labels that are trained on, as run.json has it. */
const dataOfJob = z.strictObject({ name: plainName, split: z.enum(splits), images: hash })
const jobId = z.string().regex(/^[\w-]{1,64}$/)

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
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  /** While it is running: the message by which its worker has it, and that worker. */
  sequence: z.int().positive().nullable(),
  worker: plainName.nullable(),
  /** How often a worker has taken it. */
  attempts: z.int().nonnegative(),
  /** How often in a row a worker gave it up for a reason of its own machine, without a further checkpoint. */
  faults: z.int().nonnegative().optional(),
  /** Steps done at the last checkpoint that is on the server. */
  step: z.int().nonnegative(),
  /** The run's folder as it was then, but for its bundle; their owner is the record's key. */
  files: listOf(keptFile),
  /** Why it failed. */
  failure: plainLines.nullable(),
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

export { bundleOfJob, dataOfJob, jobId, runJobSchema, storedFile, workerSchema }
export type RunJob = z.infer<typeof runJobSchema>
export type KeptFile = RunJob['files'][number]
export type WorkerEntry = z.infer<typeof workerSchema>
