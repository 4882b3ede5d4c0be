import { UserError } from '../../src/base/error.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** Who runs the graphs of a training step. */
export const parallels = ['threads', 'shards', 'pipeline', 'none'] as const
/**
 * Who runs the graphs of a training step: `threads` of one operation after the other, a worker per shard, a `pipeline` of layers,
 * or the shards one after the other (`none`).
 */
export type Parallel = (typeof parallels)[number]

/** Whether the images of a batch are dealt to shards: the bits depend on that, and on how many. */
export const isSharded = (parallel: Parallel | undefined): boolean =>
  parallel === 'shards' || parallel === 'none'

/** The training step whose images are dealt to shards. @throws UserError ('ShardError') where there is none */
export function requireSharded({
  program,
  sharded,
}: Pick<Manifest, 'program' | 'sharded'>): Section & { shards: number } {
  const { shards } = sharded ?? {}
  if (sharded && shards !== undefined) return { ...sharded, shards }
  throw new UserError('ShardError', `'${program.name}' is not compiled for shards`, {
    help: 'Compile it so: hebb compile PROGRAM.ts --shards 2 (in the library: shards: 2).',
  })
}

/** The training step that is run. @throws UserError ('ShardError') where it is not compiled */
export const stepSection = (
  manifest: Pick<Manifest, 'program' | 'train' | 'sharded'>,
  parallel?: Parallel,
): Section => (isSharded(parallel) ? requireSharded(manifest) : manifest.train)
