import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { orFileError } from '../../src/base/file-error.ts'
import { isThere } from '../../src/base/file-kind.ts'
import { recordPath, type RunRecord } from './run-record.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'

/** A run's folder: its bundle, its settings, its metrics and its checkpoint. It stands alone. */
export interface RunFolder {
  /** Its path. */
  readonly folder: string
  /** What it trains. */
  readonly bundle: Bundle
  /** What `run.json` says: data, seed, length. */
  readonly record: RunRecord
}

/** Paths of what is in the folder of a run. */
export const runFiles = (folder: string) => ({
  bundle: join(folder, 'bundle'),
  record: recordPath(folder),
  metrics: join(folder, 'metrics.jsonl'),
  /** What was found by probes and on validation images while it trained, where that was asked for. */
  probes: join(folder, 'probes.jsonl'),
  checkpoint: join(folder, 'checkpoint.safetensors'),
  /** The best checkpoint by a metric, where one is asked for. */
  best: join(folder, 'best.safetensors'),
  /** What a run started with, where it was given weights: a checkpoint of step 0. */
  start: join(folder, 'start.safetensors'),
})

/** Where the last checkpoints are kept by number, beside the very last; a folder. */
export const keptFolder = (folder: string): string => join(folder, 'checkpoints')

export function namesIn(folder: string): string[] {
  return orFileError('read', folder, () => (isThere(folder) ? readdirSync(folder) : []))
}
