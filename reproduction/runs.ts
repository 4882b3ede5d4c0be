import { join } from 'node:path'
import { UserError } from '../src/base/error.ts'
import { isThere } from '../src/base/file-kind.ts'
import { compile, type Program } from '../src/index.ts'
import { batchesPerEpoch } from '../runtime/batches/epoch.ts'
import { keptCheckpoints, type KeptCheckpoint } from '../runtime/files/kept.ts'
import { openRun, runFiles, type RunFolder } from '../runtime/files/run-folder.ts'
import { withSafetensors } from '../runtime/files/safetensors.ts'
import { variantNames, type Variant } from '../rules/recipes/variants.ts'

/** A run of a variant, and where it stands. */
export interface FoundRun {
  readonly name: Variant
  readonly seed: number
  readonly run: RunFolder
  readonly stepsPerEpoch: number
  /** Steps done at its last checkpoint. */
  readonly step: number
  readonly isFinished: boolean
  /** By number, from the lowest; the last one too. */
  readonly checkpoints: readonly KeptCheckpoint[]
}

export interface Wanted {
  readonly programs: Readonly<Record<Variant, Program>>
  readonly seeds: number
  /** Take runs as they are: neither all have to be there nor at their end. */
  readonly partial: boolean
}

/** Such as `both-1`. */
export const runName = (name: Variant, seed: number): string => `${name}-${seed}`

/**
 * The runs in a folder, each VARIANT-SEED; with those that are not there, or not at their end, by name.
 *
 * @throws UserError ('RunError') that names the first run which is not there, not of this program and seed, or not at its end
 */
export function findRuns(
  folder: string,
  { programs, seeds, partial }: Wanted,
): { readonly runs: readonly FoundRun[]; readonly open: readonly string[] } {
  const runs: FoundRun[] = []
  const open: string[] = []
  for (let seed = 0; seed < seeds; seed++)
    for (const name of variantNames) {
      const path = join(folder, runName(name, seed))
      const { record, checkpoint } = runFiles(path)
      const isStarted = isThere(record) && isThere(checkpoint)
      if (!isStarted && !partial)
        throw missing(path, isThere(record) ? 'has no checkpoint yet' : 'is not there')
      const found = isStarted ? foundRun(path, name, seed, programs[name]) : undefined
      if (found) runs.push(found)
      if (found?.isFinished === true) continue
      if (found && !partial) throw missing(path, `is at step ${found.step} of ${found.run.record.totalSteps}`)
      open.push(runName(name, seed))
    }
  if (runs.length === 0) throw missing(folder, 'holds no run of a variant, such as plusPlus-0')
  return { runs, open }
}

const missing = (path: string, problem: string): UserError =>
  new UserError('RunError', `${path} ${problem}`, {
    help: 'docs/reproduction.md has the commands that train all; --partial measures what is there.',
  })

function foundRun(path: string, name: Variant, seed: number, program: Program): FoundRun {
  const run = openRun(path)
  const { identity, totalSteps, dataset, seed: trainedWith } = run.record
  if (identity !== compile(program).identity)
    throw new UserError('RunError', `${path} is the run of another program ('${run.record.program}')`, {
      help: `It should be of '${program.name}', as the recipe has it now.`,
    })
  if (trainedWith !== seed) throw missing(path, `was trained with seed ${trainedWith}`)
  const { checkpoint } = runFiles(path)
  const step = withSafetensors(checkpoint, ({ metadata }) => Number(metadata.step))
  const kept = keptCheckpoints(path).filter((each) => each.step < step)
  return {
    ...{ name, seed, run, step },
    stepsPerEpoch: batchesPerEpoch(dataset.count, run.bundle.manifest.train.batch),
    isFinished: step === totalSteps,
    checkpoints: [...kept, { step, path: checkpoint }],
  }
}

/**
 * The checkpoints of every so many epochs, as far as the run has come; undefined stands for how it started.
 *
 * @throws UserError ('RunError') that names the first that was not kept
 */
export function alongTraining(
  { run, checkpoints, stepsPerEpoch, step }: FoundRun,
  every: number,
): readonly { readonly epoch: number; readonly checkpoint: KeptCheckpoint | undefined }[] {
  const reached = Math.floor(step / stepsPerEpoch / every)
  return Array.from({ length: reached + 1 }, (_, place) => {
    const epoch = place * every
    if (epoch === 0) return { epoch, checkpoint: undefined }
    const checkpoint = checkpoints.find((each) => each.step === epoch * stepsPerEpoch)
    if (checkpoint) return { epoch, checkpoint }
    throw new UserError('RunError', `${run.folder} has kept no checkpoint of step ${epoch * stepsPerEpoch}`, {
      help: `Train with --checkpoint-every ${stepsPerEpoch} and --keep, or measure less often: --every.`,
    })
  })
}
