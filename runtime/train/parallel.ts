import { UserError } from '../../src/base/error.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** Who runs the graphs of a training step. */
export const parallels = ['threads', 'shards', 'pipeline', 'none'] as const
/**
 * Who runs the graphs of a training step: the `threads` of one operation after the other, on the whole batch; a worker for
 * each of the `shards` that its images are dealt to; a worker for each part of a `pipeline` of layers, on the whole batch; or
 * `none`, the shards one after the other.
 */
export type Parallel = (typeof parallels)[number]

/** How a run is divided among workers. */
export interface Division {
  readonly parallel?: Parallel | undefined
  readonly workers?: number | undefined
  readonly devices?: readonly number[] | undefined
}

/** Whether the images of a batch are dealt to shards: last bits depend on that, and on how many shards there are. */
export const isSharded = ({ parallel }: Division): boolean => parallel === 'shards' || parallel === 'none'

/** How a run goes on that was divided so, where so many workers are asked for: to the same bits. */
export function goingOn(before: Parallel | undefined, workers = 1): Parallel | undefined {
  if (workers === 1) return before
  if (before === 'none') return 'shards'
  return before === 'threads' ? 'pipeline' : before
}

/** In messages. */
export const describeStep = (division: Division): string =>
  isSharded(division) ? 'in shards of the batch' : 'on whole batches'

/** How many workers there are; undefined where the shards of the bundle and the cores of the machine decide. */
export function workersOf({ parallel, workers, devices = [] }: Division): number | undefined {
  if (parallel === 'threads' || parallel === 'none') return 1
  if (parallel === 'shards') return workers ?? (devices.length > 0 ? devices.length : undefined)
  return workers ?? (parallel === 'pipeline' ? Math.max(2, devices.length) : 1)
}

/** A training step whose images are dealt to shards. */
export type Sharded = Section & { readonly shards: number }

/** That of a program. @throws UserError ('ShardError') where there is none */
export function requireSharded({ program, sharded }: Pick<Manifest, 'program' | 'sharded'>): Sharded {
  const { shards } = sharded ?? {}
  if (sharded && shards !== undefined) return { ...sharded, shards }
  throw new UserError('ShardError', `'${program.name}' is not compiled for shards`, {
    help: 'Compile it so: hebb compile PROGRAM.ts --shards 2 (in the library: shards: 2).',
  })
}

/** The training step that is run. @throws UserError ('ShardError') where it is not compiled */
export const stepSection = (
  manifest: Pick<Manifest, 'program' | 'train' | 'sharded'>,
  division: Division,
): Section => (isSharded(division) ? requireSharded(manifest) : manifest.train)

/** Who runs the steps of a run, as its record has it: where that was said or chosen, and in how many shards. */
export const recordedWay = (
  manifest: Pick<Manifest, 'program' | 'sharded'>,
  { parallel }: Division,
): { readonly parallel?: Parallel; readonly shards?: number } => ({
  ...(parallel === undefined ? {} : { parallel }),
  ...(isSharded({ parallel }) ? { shards: requireSharded(manifest).shards } : {}),
})
