import { UserError } from '../../src/base/error.ts'
import { loadRunCheckpoint, openRun } from './run-folder.ts'
import { isEncoderFolder, openEncoder } from './encoder-folder.ts'
import { averagedValues } from '../values/averaged.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { Values } from '../values/value-store.ts'

/** An encoder and what it has learnt: of a run, or imported. */
export interface Trained {
  readonly bundle: Bundle
  readonly values: Values
  readonly program: string
  /** Steps of its training, done and in all; 0 of an encoder that was imported. */
  readonly step: number
  readonly totalSteps: number
  /** How the encoder would start. */
  readonly seed: number
  /** The images that it was trained on, where that is known. */
  readonly data: string | undefined
}

/**
 * Opens the folder of a run, or of an encoder that `hebb import` wrote.
 *
 * @param average take the averages of the weights in their place
 * @throws UserError ('RunError') where it is neither, or has no checkpoint yet, or no average
 */
export function openTrained(folder: string, average = false): Trained {
  const { values, ...trained } = isEncoderFolder(folder) ? openEncoder(folder) : trainedBy(folder)
  return { ...trained, values: average ? averagedValues(trained.bundle.manifest, values) : values }
}

function trainedBy(folder: string): Trained {
  const run = openRun(folder)
  const { values, step } = loadRunCheckpoint(run)
  const { program, totalSteps, seed, data } = run.record
  return { bundle: run.bundle, values, program, step, totalSteps, seed, data }
}

/**
 * The images that were named, or those that it was trained on.
 *
 * @throws UserError ('DataError') where neither is known
 */
export function dataFor({ data }: Trained, named: string | undefined): string {
  const folder = named ?? data
  if (folder !== undefined) return folder
  throw new UserError('DataError', 'the encoder was imported, and says of no images', {
    help: 'Name them: --data FOLDER',
  })
}
