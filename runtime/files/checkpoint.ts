import { closeSync } from 'node:fs'
import { z } from 'zod'
import { UserError } from '../../src/base/error.ts'
import { present } from '../../src/base/lists.ts'
import { openRegularFile } from '../../src/base/regular-file.ts'
import { safetensorsIn, writeSafetensors, type OpenSafetensors } from './safetensors.ts'
import { checkSealed, sealed } from './sealed.ts'
import type { CheckpointFile } from '../values/checkpoint-file.ts'
import { allValues, untaught } from '../values/start.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { HostTensor } from '../values/tensor.ts'
import type { ValueSource } from '../values/value-source.ts'

/** Where a training run stands between two steps. */
export interface Standing {
  /** Steps done. */
  readonly step: number
  readonly totalSteps: number
  readonly seed: number
}

/** A metric of the steps up to a checkpoint. */
export interface Measured {
  readonly metric: string
  readonly value: number
}

/** Values of parameters and states after a step. */
export interface Checkpoint extends Standing {
  /** Parameters and states, by name: those of the encoder, too, that training does not read. */
  readonly values: ReadonlyMap<string, HostTensor>
}

const whole = z
  .string()
  .regex(/^(0|[1-9]\d*)$/)
  .transform(Number)
  .pipe(z.int())
const metadataSchema = z
  .object({
    format: z.literal('hebb-checkpoint'),
    program: z.string(),
    identity: z.string(),
    step: whole,
    totalSteps: whole.pipe(z.int().positive()),
    seed: whole,
  })
  .refine(({ step, totalSteps }) => step <= totalSteps)

/** What a checkpoint says of the program that it is of. */
export type SavedProgram = Pick<Bundle, 'identity'> & {
  readonly manifest: Pick<Bundle['manifest'], 'program' | 'train' | 'encode'>
}

/**
 * Writes a checkpoint as safetensors, beside and then renamed: at any moment the file is whole. `measured` goes with it,
 * where the best checkpoint is sought.
 *
 * @param allow is asked before the file takes the place of the one before, and may throw
 */
export function saveCheckpoint(
  path: string,
  { values, step, totalSteps, seed }: Checkpoint,
  bundle: SavedProgram,
  measured?: Measured,
  allow?: () => void,
): void {
  const broken = [...values].find(([, { data, type }]) => type.startsWith('float') && !isFinite(data))
  if (broken)
    throw new UserError('TrainingError', `'${broken[0]}' holds NaN or infinite values after step ${step}`, {
      help: 'Lower the learning rate, or mend the rule, and train into another folder: the run keeps its own copy of the program.',
    })
  // In the order of the manifest, so that the same values give the same file whoever held them.
  const { train, encode } = bundle.manifest
  const names = [train, encode].flatMap(({ parameters, states }) => [...parameters, ...states])
  const ordered = [...new Set(names.map(({ name }) => name))].flatMap((name) => {
    const value = values.get(name)
    return value ? [[name, value] as const] : []
  })
  const metadata = {
    format: 'hebb-checkpoint',
    program: bundle.manifest.program.name,
    identity: bundle.identity,
    step: String(step),
    totalSteps: String(totalSteps),
    seed: String(seed),
    ...(measured ? { metric: measured.metric, value: String(measured.value) } : {}),
  }
  writeSafetensors(path, ordered, sealed(ordered, metadata), allow)
}

/** A checkpoint as it lies on the disk. */
export interface StoredCheckpoint extends Checkpoint {
  /** SHA-256 that tells it from any other: of values, steps and seed. */
  readonly checksum: string
}

/** A checkpoint whose values are read one by one, from the file that was there when it was opened. */
export interface OpenCheckpoint extends Standing {
  /** SHA-256 that tells it from any other: of values, steps and seed. */
  readonly checksum: string
  /** What is read from. */
  readonly file: CheckpointFile
  /** Parameters and states, for this thread, until it is closed. */
  readonly values: ValueSource
  /** Closes the file. */
  readonly close: () => void
}

/**
 * Opens a checkpoint of this program, and checks all but its values; they are checked as they are read.
 *
 * @throws UserError ('CheckpointError') where it is no checkpoint, or one of another program; ('FileError') where it
 *   cannot be read, or is not as it was written.
 */
export function openCheckpoint(path: string, bundle: Bundle): OpenCheckpoint {
  const file = openRegularFile(path)
  const close = () => {
    closeSync(file)
  }
  try {
    const found = safetensorsIn(file, path)
    // Told before checksums are missed: other files have none.
    if (found.metadata.format !== 'hebb-checkpoint') throw notOurs(path)
    const values = checkSealed(found, path)
    const checksum = present(values.metadata.sha256, `the checksum of ${path}`)
    return { ...standingOf(values, path, bundle), checksum, file: { path, file }, values, close }
  } catch (error) {
    close()
    throw error
  }
}

/** Reads a checkpoint of this program. @throws as `openCheckpoint` */
export function loadCheckpoint(path: string, bundle: Bundle): StoredCheckpoint {
  return readAll(openCheckpoint(path, bundle), bundle)
}

/** All values of an open checkpoint, which is closed then. */
export function readAll(open: OpenCheckpoint, { manifest }: Bundle): StoredCheckpoint {
  const { step, totalSteps, seed, checksum } = open
  try {
    const others = untaught(manifest, seed)
    // What a run was given to start with holds them, too.
    for (const [name, { data }] of others) open.values.fill(name, data)
    const values = [...others, ...allValues(manifest.train, open.values)]
    return { step, totalSteps, seed, checksum, values: new Map(values) }
  } finally {
    open.close()
  }
}

const notOurs = (path: string): UserError =>
  new UserError('CheckpointError', `${path} is not a checkpoint of hebb`, {
    help: 'Give the folder of a run.',
  })

function standingOf(
  { entries, metadata }: Pick<OpenSafetensors, 'entries' | 'metadata'>,
  path: string,
  bundle: Bundle,
): Standing {
  const parsed = metadataSchema.safeParse(metadata)
  if (!parsed.success) throw notOurs(path)
  const { identity, program, step, totalSteps, seed } = parsed.data
  const help = 'Resume with the bundle it was trained with, or start a new run in another folder.'
  const tensors = new Map(entries.map((entry) => [entry.name, entry]))
  const { parameters, states } = bundle.manifest.train
  for (const wanted of [...parameters, ...states]) {
    const found = tensors.get(wanted.name)
    const fail = (problem: string) =>
      new UserError(
        'CheckpointError',
        `${path} is a checkpoint of another program ('${program}'): ${problem}`,
        { help },
      )
    if (!found) throw fail(`it has no '${wanted.name}'`)
    if (found.type !== wanted.type || found.shape.join() !== wanted.shape.join())
      throw fail(
        `its '${wanted.name}' is ${found.type}[${found.shape.join(', ')}], not ${wanted.type}[${wanted.shape.join(', ')}]`,
      )
  }
  if (identity !== bundle.identity)
    throw new UserError(
      'CheckpointError',
      `${path} is a checkpoint of another program that is also called '${program}'`,
      { help },
    )
  return { step, totalSteps, seed }
}

const isFinite = (data: HostTensor['data']): boolean => {
  if (!(data instanceof Float32Array) && !(data instanceof Float64Array)) return true
  // A sum is NaN or infinite if any element is (an overflow of finite ones is told apart below).
  let sum = 0
  for (const value of data) sum += value
  return Number.isFinite(sum) || data.every((value) => Number.isFinite(value))
}
