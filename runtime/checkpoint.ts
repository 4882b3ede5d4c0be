import { z } from 'zod'
import { UserError } from '../src/error.ts'
import { withSafetensors, writeSafetensors, type OpenSafetensors } from './safetensors.ts'
import { allValues } from './start.ts'
import type { LoadedBundle } from './bundle.ts'
import type { HostTensor } from './tensor.ts'

/** Where a training run stands between two steps. */
export interface Standing {
  /** Steps done. */
  readonly step: number
  readonly totalSteps: number
  readonly seed: number
}

export interface Checkpoint extends Standing {
  /** Parameters and states, by name. */
  readonly values: ReadonlyMap<string, HostTensor>
}

const metadataSchema = z.object({
  format: z.literal('hebb-checkpoint'),
  program: z.string(),
  identity: z.string(),
  step: z.coerce.number().int().nonnegative(),
  totalSteps: z.coerce.number().int().positive(),
  seed: z.coerce.number().int(),
})

/** Writes a checkpoint as safetensors, beside and then renamed: at any moment the file is whole. */
export function saveCheckpoint(
  path: string,
  { values, step, totalSteps, seed }: Checkpoint,
  bundle: LoadedBundle,
): void {
  const broken = [...values].find(([, { data, type }]) => type.startsWith('float') && !isFinite(data))
  if (broken)
    throw new UserError('TrainingError', `'${broken[0]}' holds NaN or infinite values after step ${step}`, {
      help: `Lower the learning rate. ${path} keeps the last good checkpoint.`,
    })
  // In the order of the manifest, so that the same values give the same file whoever held them.
  const { parameters, states } = bundle.manifest.train
  const ordered = [...parameters, ...states].flatMap(({ name }) => {
    const value = values.get(name)
    return value ? [[name, value] as const] : []
  })
  writeSafetensors(path, ordered, {
    format: 'hebb-checkpoint',
    program: bundle.manifest.program.name,
    identity: bundle.identity,
    step: String(step),
    totalSteps: String(totalSteps),
    seed: String(seed),
  })
}

/**
 * Reads a checkpoint of this program.
 *
 * @throws UserError ('CheckpointError') where it is no checkpoint, or one of another program.
 */
export function loadCheckpoint(path: string, bundle: LoadedBundle): Checkpoint {
  return withSafetensors(path, (file) => ({
    ...standingOf(file, path, bundle),
    values: allValues(bundle.manifest.train, file),
  }))
}

/**
 * Reads only where the run of a checkpoint stands; for what reads its values one by one.
 *
 * @throws as `loadCheckpoint`
 */
export const checkCheckpoint = (path: string, bundle: LoadedBundle): Standing =>
  withSafetensors(path, (file) => standingOf(file, path, bundle))

function standingOf({ entries, metadata }: OpenSafetensors, path: string, bundle: LoadedBundle): Standing {
  const parsed = metadataSchema.safeParse(metadata)
  if (!parsed.success)
    throw new UserError('CheckpointError', `${path} is not a checkpoint of hebb`, {
      help: 'Give the folder of a run.',
    })
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
    throw new UserError('CheckpointError', `${path} is a checkpoint of another compilation of '${program}'`, {
      help,
    })
  return { step, totalSteps, seed }
}

const isFinite = (data: HostTensor['data']): boolean => {
  if (!(data instanceof Float32Array) && !(data instanceof Float64Array)) return true
  // A sum is NaN or infinite if any element is (an overflow of finite ones is told apart below).
  let sum = 0
  for (const value of data) sum += value
  return Number.isFinite(sum) || data.every((value) => Number.isFinite(value))
}
