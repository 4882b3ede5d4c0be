import { UserError } from '../../src/base/error.ts'
import { recordedPlace } from './recorded-data.ts'
import { loadRunCheckpoint, startOfRun, type Which } from './run-checkpoint.ts'
import { openRun } from './run-folder.ts'
import { isEncoderFolder, openEncoder } from './encoder-folder.ts'
import type { RunRecord } from './run-record.ts'
import { findData } from '../data/open.ts'
import type { DataSource } from '../data/format.ts'
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
  /** The checkpoint's SHA-256; none of an encoder that was imported. */
  readonly checksum?: string
  /** How the encoder would start. */
  readonly seed: number
  /** What it was given to start with, where it does not start as its seed says. */
  readonly given: (() => Values) | undefined
  /** The images that it was trained on, where that is known. */
  readonly data: string | undefined
  /** What of them, the SHA-256 of those rows, and the part of them that was set aside. */
  readonly trainedOn?: Pick<RunRecord, 'split' | 'images' | 'validation'>
}

export interface TrainedOptions {
  /** Which checkpoint of a run; default: the last. */
  readonly at?: Which
  /** Take the averages of the weights in their place. */
  readonly average?: boolean
}

/**
 * Opens the folder of a run, or of an encoder that `hebb import` wrote.
 *
 * @throws UserError ('RunError') where it is neither, or has no such checkpoint, or no average
 */
export function openTrained(folder: string, { at = 'last', average = false }: TrainedOptions = {}): Trained {
  const { values, ...trained } = isEncoderFolder(folder) ? imported(folder, at) : trainedBy(folder, at)
  return { ...trained, values: average ? averagedValues(trained.bundle.manifest, values) : values }
}

function imported(folder: string, at: Which): Trained {
  if (at === 'last') return openEncoder(folder)
  throw new UserError('RunError', `${folder} was imported, and has no checkpoint but its weights`, {
    help: 'Leave --at out.',
  })
}

function trainedBy(folder: string, at: Which): Trained {
  const run = openRun(folder)
  const { values, step, checksum } = loadRunCheckpoint(run, at)
  const { program, totalSteps, seed, data, init, split, images, validation } = run.record
  const given = init === undefined ? undefined : () => startOfRun(run).values
  const trainedOn = { split, images, ...(validation === undefined ? {} : { validation }) }
  return { bundle: run.bundle, values, program, step, totalSteps, checksum, seed, given, data, trainedOn }
}

/**
 * The images that were named, or those that it was trained on.
 *
 * @throws UserError as `findData`, which says how to name images that lie elsewhere now; and as `dataFor`
 */
export async function findDataFor(encoder: Trained, named: string | undefined): Promise<DataSource> {
  const place = dataFor(encoder, named)
  try {
    return await findData(place)
  } catch (error) {
    throw error instanceof UserError && named === undefined && encoder.data !== undefined
      ? error.note('the run was started with that path; where its images lie elsewhere now: --data PATH')
      : error
  }
}

/**
 * What names these images.
 *
 * @throws UserError ('DataError') where neither is known, or the run names a module
 */
export function dataFor({ data }: Trained, named: string | undefined): string {
  if (named !== undefined) return named
  if (data !== undefined) return recordedPlace({ data })
  throw new UserError('DataError', 'the encoder was imported, and says of no images', {
    help: 'Name them: --data FOLDER',
  })
}
