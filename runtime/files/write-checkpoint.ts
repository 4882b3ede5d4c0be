import { isThere, stampOf } from '../../src/base/file-kind.ts'
import { saveCheckpoint, type Checkpoint, type Measured, type SavedProgram } from './checkpoint.ts'
import { keepCheckpoint } from './kept.ts'
import { runFiles } from './run-files.ts'
import { requireHeld, type RunClaim } from './run-lock.ts'
import { syncLines } from './step-lines.ts'
import type { RunRecord } from './run-record.ts'
import type { Saved } from './sinks.ts'

/** A checkpoint of a run that is to be written, in words that can be told to a thread. */
export interface CheckpointOrder {
  readonly claim: RunClaim
  readonly checkpoint: Checkpoint
  /** What the best checkpoint is sought by. */
  readonly measured: Measured | undefined
  /** What is kept beside the last checkpoint; undefined where this one may not stay. */
  readonly keeps: Pick<RunRecord, 'keep' | 'keepBest'> | undefined
}

/**
 * Writes a checkpoint of a run, and what is kept of it. Lines of metrics that it knows of are on the disk before: a
 * failing machine never loses them.
 *
 * @throws UserError as `saveCheckpoint`, and ('RunError') where the run is another process's by then
 */
export function writeCheckpoint(order: CheckpointOrder, program: SavedProgram): Saved {
  const began = performance.now()
  const { claim, checkpoint, measured, keeps } = order
  const { checkpoint: path, metrics, probes } = runFiles(claim.folder)
  for (const lines of [metrics, probes]) if (isThere(lines)) syncLines(lines)
  saveCheckpoint(path, checkpoint, program, measured, () => {
    requireHeld(claim)
  })
  const { step } = checkpoint
  if (keeps) keepCheckpoint(claim.folder, keeps, step)
  const milliseconds = Math.round(performance.now() - began)
  return { step, path, bytes: stampOf(path).size, time: Date.now() / 1000, milliseconds }
}
