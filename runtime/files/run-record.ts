import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../src/base/error.ts'
import { isThere } from '../../src/base/file-kind.ts'
import { readTextFile } from '../../src/base/regular-file.ts'
import { optionValues } from '../../src/bundle/schema/options.ts'
import { listOf, problemOf, recordOf } from '../../src/base/strangers.ts'
import { parseStrictJson } from '../../src/base/strict-json.ts'
import { writeAtomically } from './atomic.ts'
import { splits } from '../data/dataset.ts'
import { parallels } from '../train/parallel.ts'
import { providers } from '../session/options.ts'

const hash = z.string().regex(/^[0-9a-f]{64}$/)

const recordSchema = z.strictObject({
  format: z.literal('hebb-run'),
  /** 3 is a record without what may be asked for since 4. */
  version: z.union([z.literal(3), z.literal(4)]),
  program: z.string(),
  /** The program's, and the SHA-256 of the manifest of the run's own bundle. */
  identity: hash,
  manifest: hash,
  /** Where the data set lies, `KIND:PATH` where it was named so, and which part of it is trained on. */
  data: z.string(),
  split: z.enum(splits),
  /** What was found there. */
  dataset: z.strictObject({
    name: z.string(),
    count: z.int().positive(),
    shape: z.tuple([z.int().positive(), z.int().positive(), z.int().positive()]),
    classes: z.int().positive().optional(),
  }),
  /** SHA-256 of the training images and labels: a resumed run must see the same. */
  images: hash,
  seed: z.int().nonnegative(),
  totalSteps: z.int().positive(),
  /** Where it runs and on how many threads an operation does, which may change last bits; and how often it is saved. */
  provider: z.enum(providers),
  threads: z.int().positive(),
  checkpointEvery: z.int().positive(),
  /** On CUDA: the numbers of its GPUs, and whether TF32 was allowed in products and convolutions, which the bits depend on. */
  devices: listOf(z.int().nonnegative(), 1).optional(),
  tf32: z.boolean().optional(),
  /** Lengths that it was given, each with the steps that were done then; absent where there was one only. */
  lengths: listOf(z.strictObject({ steps: z.int().positive(), from: z.int().nonnegative() }), 2).optional(),
  /** How many checkpoints are kept by number, and by which metric the best is. */
  keep: z.int().positive().optional(),
  keepBest: z.string().optional(),
  /** Only where no file of events for TensorBoard is kept. */
  tensorboard: z.literal(false).optional(),
  /** The weights that it started with: the file, its SHA-256, and the layers they are of, where not of all. */
  init: z
    .strictObject({ weights: z.string(), sha256: hash, layers: listOf(z.string(), 1).optional() })
    .optional(),
  /** Epochs between probes while it trains, and the part of its images that is set aside for them. */
  probeEvery: z.number().positive().optional(),
  validation: z.number().gt(0).lt(1).optional(),
  /** Who runs the graphs of a step, where that was said or chosen: last bits depend on whether it is shards. */
  parallel: z.enum(parallels).optional(),
  /** That the images of a batch are dealt to, where steps are done so. */
  shards: z.int().min(2).optional(),
  /** Values of the program's options; absent where it has none. */
  options: optionValues.optional(),
  /** What began it: versions by name, and the words of the command as they were given, where it was one. */
  versions: recordOf(z.string()).optional(),
  command: listOf(z.string()).optional(),
  /** Of all the above, as JSON. */
  sha256: hash,
})
type Sealed = z.infer<typeof recordSchema>
/** What a run is, and must find again when it is resumed. */
export type RunRecord = Omit<Sealed, 'format' | 'version' | 'sha256'>

/** The order in which a record is written down, and added up. */
const inOrder = (record: RunRecord): RunRecord => {
  const { program, identity, manifest, data, split, dataset, images, seed, totalSteps } = record
  const { provider, threads, checkpointEvery } = record
  return {
    ...{ program, identity, manifest, data, split, dataset, images },
    ...{ seed, totalSteps, provider, threads, checkpointEvery },
    ...asked(record),
  }
}

/** What not every run has. */
function asked(record: RunRecord): Partial<RunRecord> {
  const { devices, tf32, lengths, keep, keepBest, tensorboard, init, probeEvery, validation } = record
  const { parallel, shards, options, versions, command } = record
  return {
    ...(devices ? { devices } : {}),
    ...(tf32 === undefined ? {} : { tf32 }),
    ...(lengths ? { lengths: lengths.map(({ steps, from }) => ({ steps, from })) } : {}),
    ...(keep === undefined ? {} : { keep }),
    ...(keepBest === undefined ? {} : { keepBest }),
    ...(tensorboard === undefined ? {} : { tensorboard }),
    ...(init ? { init: initInOrder(init) } : {}),
    ...(probeEvery === undefined ? {} : { probeEvery }),
    ...(validation === undefined ? {} : { validation }),
    ...(parallel === undefined ? {} : { parallel }),
    ...(shards === undefined ? {} : { shards }),
    ...(options ? { options } : {}),
    ...(versions ? { versions } : {}),
    ...(command ? { command } : {}),
  }
}

const initInOrder = ({ weights, sha256, layers }: NonNullable<RunRecord['init']>) => ({
  ...{ weights, sha256 },
  ...(layers ? { layers } : {}),
})

export type Length = NonNullable<RunRecord['lengths']>[number]

/** All lengths that a run was given, the one in force last. */
export const lengthsOf = ({ lengths, totalSteps }: RunRecord): readonly Length[] =>
  lengths ?? [{ steps: totalSteps, from: 0 }]

const checksum = (record: RunRecord): string =>
  createHash('sha256')
    .update(JSON.stringify(inOrder(record)))
    .digest('hex')

/** Far more than paths are long. */
const recordSize = { largest: 1024 * 1024, what: 'the record of a run' }

export const recordPath = (folder: string): string => join(folder, 'run.json')

/** A record as its file has it. @throws Error where it could not be read again, which would strand the work of a run */
export function sealRecord(record: RunRecord): string {
  const sealed: Sealed = { format: 'hebb-run', version: 4, ...inOrder(record), sha256: checksum(record) }
  const text = `${JSON.stringify(sealed, null, 2)}\n`
  const parsed = recordSchema.safeParse(parseStrictJson(text))
  if (!parsed.success)
    throw new Error(`a run would have a record that cannot be read: ${problemOf(parsed.error)}`)
  return text
}

export function writeRecord(folder: string, record: RunRecord): void {
  writeAtomically(recordPath(folder), [sealRecord(record)])
}

/** @throws UserError ('RunError') where the folder holds no run, or its record is not as it was written. */
export function readRecord(folder: string): RunRecord {
  const fail = (problem: string) =>
    new UserError('RunError', `${folder} is not the folder of a run: ${problem}`, {
      help: 'Give the folder that hebb train wrote with --out.',
    })
  if (!isThere(recordPath(folder))) throw fail('run.json is missing')
  const text = readTextFile(recordPath(folder), recordSize)
  let value: unknown
  try {
    value = parseStrictJson(text)
  } catch (error) {
    throw fail(`run.json ${error instanceof SyntaxError ? error.message : String(error)}`)
  }
  const head = z.object({ format: z.literal('hebb-run') }).safeParse(value)
  if (head.success && !z.object({ version: z.unknown() }).required().safeParse(value).success)
    throw fail('run.json is of an earlier version of hebb')
  const parsed = recordSchema.safeParse(value)
  if (!parsed.success) throw fail(`run.json: ${problemOf(parsed.error)}`)
  const { sha256 } = parsed.data
  const record = inOrder(parsed.data)
  if (sha256 !== checksum(record))
    throw new UserError('RunError', `${recordPath(folder)} is not as it was written: its checksum differs`, {
      help: 'It is damaged or was changed: use another copy of it, or start a new run.',
    })
  return record
}
