import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { orFileError } from '../../src/base/file-error.ts'
import { isThere } from '../../src/base/file-kind.ts'
import { makeFolder } from '../../src/base/make-folder.ts'
import { copyAtomically } from './atomic.ts'
import { withSafetensors } from './safetensors.ts'
import { keptFolder, namesIn, runFiles } from './run-files.ts'
import { isBetter } from './wanted-metric.ts'
import type { RunRecord } from './run-record.ts'

/** Checkpoints that stay beside the last one: some by number, and the best by a metric. */

export interface KeptCheckpoint {
  readonly step: number
  readonly path: string
}

const pathOf = (folder: string, step: number): string => join(keptFolder(folder), `step-${step}.safetensors`)

/** Those of a run by number, in their order. */
export function keptCheckpoints(folder: string): KeptCheckpoint[] {
  const kept = keptFolder(folder)
  return namesIn(kept)
    .flatMap((name) => {
      const [, digits] = /^step-(\d+)\.safetensors$/.exec(name) ?? []
      return digits === undefined ? [] : [{ step: Number(digits), path: join(kept, name) }]
    })
    .sort((a, b) => a.step - b.step)
}

/** The best one so far, told by what it says of itself. */
export function bestCheckpoint(folder: string): (KeptCheckpoint & { readonly value: number }) | undefined {
  const { best: path } = runFiles(folder)
  if (!isThere(path)) return undefined
  const { step, value } = withSafetensors(path, ({ metadata }) => metadata)
  return { path, step: Number(step), value: Number(value) }
}

/** What is kept of the checkpoint that was just written, which is of this step. To do it again changes nothing. */
export function keepCheckpoint(
  folder: string,
  { keep, keepBest }: Pick<RunRecord, 'keep' | 'keepBest'>,
  step: number,
): void {
  const { checkpoint, best } = runFiles(folder)
  if (keep !== undefined) {
    makeFolder(keptFolder(folder))
    copyAtomically(checkpoint, pathOf(folder, step))
    remove(keptCheckpoints(folder).slice(0, -keep))
  }
  if (keepBest === undefined) return
  const { metric, value } = withSafetensors(checkpoint, ({ metadata }) => metadata)
  if (metric !== keepBest) return
  const before = bestCheckpoint(folder)
  if (isBetter(keepBest, Number(value), before?.value)) copyAtomically(checkpoint, best)
}

/** Gives up what was kept of later steps: a run that goes on from this one does them again, perhaps otherwise. */
export function forgetLater(folder: string, step: number): void {
  const best = bestCheckpoint(folder)
  remove([...keptCheckpoints(folder), ...(best ? [best] : [])].filter((each) => each.step > step))
}

function remove(checkpoints: readonly KeptCheckpoint[]): void {
  for (const { path } of checkpoints)
    orFileError('write', path, () => {
      rmSync(path, { force: true })
    })
}
