import { join } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { isThere } from '../../src/base/file-kind.ts'
import { graphsOf } from '../../src/bundle/sections.ts'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { manifestSize } from '../../src/bundle/manifest.ts'
import { readRegularFile } from '../../src/base/regular-file.ts'
import { makeFolder } from '../../src/base/make-folder.ts'
import { allValues } from '../values/start.ts'
import { writeAtomically } from './atomic.ts'
import { removePartials } from './partials.ts'
import { runFiles } from './run-files.ts'
import { withSafetensors, writeSafetensors } from './safetensors.ts'
import { checkSealed, sealed } from './sealed.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { Values } from '../values/value-store.ts'

/**
 * The folder of an encoder that was not trained here: a bundle, and `encoder.safetensors` with its parameters and
 * statistics by our names, with checksums.
 */
export const encoderFiles = (folder: string) => ({
  bundle: join(folder, 'bundle'),
  weights: join(folder, 'encoder.safetensors'),
})

export const isEncoderFolder = (folder: string): boolean => isThere(encoderFiles(folder).weights)

const FORMAT = 'hebb-encoder'

/**
 * Writes the folder. The weights come last: where they are, the folder is whole.
 *
 * @throws UserError ('FileError') where the folder holds something already
 */
export function writeEncoder(folder: string, bundle: Bundle, values: Values): void {
  requireNoEncoder(folder)
  const files = encoderFiles(folder)
  requireOwnBundle(files.bundle, bundle)
  makeFolder(files.bundle)
  for (const each of graphsOf(bundle.manifest)) {
    const path = join(files.bundle, each.file)
    removePartials(path)
    writeAtomically(path, [bundle.graph(each)])
  }
  writeAtomically(join(files.bundle, 'manifest.json'), [bundle.text])
  const { parameters, states } = bundle.manifest.encode
  const list = [...parameters, ...states].map(({ name }) => {
    const value = values.get(name)
    if (!value) throw new Error(`no value of ${name}`)
    return [name, value] as const
  })
  const metadata = { format: FORMAT, program: bundle.manifest.program.name, identity: bundle.identity }
  writeSafetensors(files.weights, list, sealed(list, metadata))
}

/** @throws UserError ('FileError') where an encoder, a run or a bundle is there already */
export function requireNoEncoder(folder: string): void {
  const there = [encoderFiles(folder).weights, runFiles(folder).record, join(folder, 'manifest.json')].find(
    isThere,
  )
  if (there !== undefined)
    throw new UserError('FileError', `${folder} holds ${there} already`, {
      help: 'Choose another folder for --out, or remove it first.',
    })
}

/** What a killed import left is written again; another bundle is the user's own. */
function requireOwnBundle(folder: string, { text }: Bundle): void {
  const manifest = join(folder, 'manifest.json')
  if (!isThere(manifest) || Buffer.compare(readRegularFile(manifest, manifestSize), text) === 0) return
  throw new UserError('FileError', `${manifest} is another bundle's`, {
    help: 'Choose another folder for --out.',
  })
}

/** @throws UserError ('RunError') where the weights are not those of the bundle beside them */
export function openEncoder(folder: string) {
  const { bundle: bundlePath, weights } = encoderFiles(folder)
  const bundle = loadBundle(bundlePath)
  const { encode, program } = bundle.manifest
  const values = withSafetensors(weights, (file) => {
    const { metadata, fill } = checkSealed(file, weights)
    if (metadata.format !== FORMAT || metadata.identity !== bundle.identity)
      throw new UserError('RunError', `${weights} is not of the bundle beside it`, {
        help: 'Import the weights again: hebb import PROGRAM WEIGHTS --out FOLDER',
      })
    return allValues(encode, { fill })
  })
  return {
    ...{ bundle, values, program: program.name, step: 0, totalSteps: 0, seed: 0 },
    given: undefined,
    data: undefined,
  }
}
