import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { orFileError } from '../../src/base/file-error.ts'
import { kindOf } from '../../src/base/file-kind.ts'
import { didYouMean } from '../../src/base/near-names.ts'
import { partialOf } from '../files/partials.ts'
import { openCheckpoint, saveCheckpoint, type OpenCheckpoint, type Standing } from '../files/checkpoint.ts'
import { encoderFiles, isEncoderFolder } from '../files/encoder-folder.ts'
import { hashFile } from '../data/cache/file-hash.ts'
import { readRecord, type RunRecord } from '../files/run-record.ts'
import { runFiles } from '../files/run-files.ts'
import { readGivenWeights } from '../values/given-weights.ts'
import { allValues, startOf } from '../values/start.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'

/** Weights that a run is given to start with: its encoder's, or those of some layers; all else starts as the seed says. */
export interface GivenStart {
  /** The folder of a run, whose last checkpoint is taken, or a file of safetensors. */
  readonly init: string
  /** Default: all layers of the encoder. */
  readonly initLayers?: readonly string[] | undefined
}

export interface StartFile {
  readonly record: NonNullable<RunRecord['init']>
  readonly checkpoint: OpenCheckpoint
  /** What will be the run's `start.safetensors`. */
  readonly path: string
  readonly notices: readonly string[]
  /** Of a run that did not come about. */
  readonly remove: () => void
}

/**
 * Writes what a run starts with beside its files, in the folder that is to be its own.
 *
 * @throws UserError as `readGivenWeights`; ('RunError') where a layer is none of the encoder's.
 */
export function writeStart(
  folder: string,
  bundle: Bundle,
  { init, initLayers }: GivenStart,
  { seed, totalSteps }: Omit<Standing, 'step'>,
): StartFile {
  const { train, encode } = bundle.manifest
  if (initLayers) requireLayers(bundle, initLayers)
  const weights = weightsOf(init)
  const { values: given, notices } = readGivenWeights(weights, encode, { by: 'init', only: initLayers })
  const parts = [encode, train]
  const all = {
    parameters: parts.flatMap(({ parameters }) => parameters),
    states: parts.flatMap(({ states }) => states),
  }
  const values = allValues(all, startOf(all, seed, given))
  const path = partialOf(runFiles(folder).start)
  saveCheckpoint(path, { values, step: 0, totalSteps, seed }, bundle)
  const remove = () => {
    orFileError('write', path, () => {
      rmSync(path, { force: true })
    })
  }
  return {
    record: recordOf({ init, initLayers }),
    checkpoint: openCheckpoint(path, bundle),
    ...{ path, notices, remove },
  }
}

/** What the record of a run says of the weights that it was given. @throws UserError where there are none */
export function recordOf({ init, initLayers }: GivenStart): StartFile['record'] {
  const weights = weightsOf(init)
  const layers = initLayers && { layers: [...initLayers] }
  return { weights: resolve(weights), sha256: hashFile(weights), ...layers }
}

const weightsOf = (init: string): string => (kindOf(init) === 'folder' ? lastOf(init) : init)

/** Of an imported encoder its weights. @throws UserError ('RunError') where the folder holds no run, or none that has got as far */
function lastOf(run: string): string {
  if (isEncoderFolder(run)) return encoderFiles(run).weights
  readRecord(run)
  const { checkpoint } = runFiles(run)
  if (kindOf(checkpoint) !== undefined) return checkpoint
  throw new UserError('RunError', `${run} has no checkpoint yet`, {
    help: `Train it first: hebb train --resume --out ${run}`,
  })
}

function requireLayers({ manifest: { program, encode } }: Bundle, wanted: readonly string[]): void {
  const names = program.layers.map(({ name }) => name)
  const fail = (problem: string, help: string) => new UserError('RunError', problem, { help })
  for (const name of wanted) {
    if (!names.includes(name))
      throw fail(`'${program.name}' has no layer '${name}' to give weights to`, didYouMean(name, names))
    if (!encode.parameters.some(({ layer }) => layer === name))
      throw fail(`layer '${name}' has no weights`, 'leave it out of --init-layers')
  }
}
