import { join } from 'node:path'
import { checkArgument, optionError } from '../base/check-options.ts'
import { path as anyPath } from '../base/kinds.ts'
import { UserError } from '../base/error.ts'
import { isThere } from '../base/file-kind.ts'
import { graphSize, manifestSize } from './manifest.ts'
import { readRegularFile, type WholeFile } from '../base/regular-file.ts'
import { openBundle } from './open-bundle.ts'
import { MENDING, parseManifest } from './parse-manifest.ts'
import { sha256 } from './sha256.ts'
import { graphsOf } from './sections.ts'
import type { Bundle } from './bundle.ts'

/**
 * Opens a bundle folder and checks all of it: every graph is there and is the one that the manifest describes. Graphs are
 * read when they are asked for, and checked again.
 *
 * @throws UserError ('OptionError', 'BundleError') that names the file and what is wrong with it.
 */
export function loadBundle(folder: string): Bundle {
  checkArgument('loadBundle', 'folder', anyPath, folder, optionError)
  const placeOf = (file: string): string => join(folder, file)
  return openBundle({
    placeOf,
    text: read(placeOf('manifest.json'), folder),
    read: ({ file, bytes: size }) => read(placeOf(file), folder, sizeOf(size)),
    sha256,
  })
}

/**
 * The files that a bundle's manifest names, itself included; the graphs are not looked at.
 *
 * @throws UserError ('BundleError') where there is no manifest, or it is damaged
 */
export function namedFiles(folder: string): string[] {
  const path = join(folder, 'manifest.json')
  const graphs = graphsOf(parseManifest(read(path, folder), path))
  return ['manifest.json', ...graphs.map(({ file }) => file)]
}

/** No more of a graph is read than its manifest says that there is. */
const sizeOf = (told: number | undefined): WholeFile =>
  told === undefined || told > graphSize.largest ? graphSize : { largest: told, what: 'by its manifest' }

function read(path: string, folder: string, limits: WholeFile = manifestSize): Uint8Array {
  if (isThere(path)) return readRegularFile(path, limits)
  if (!isThere(folder))
    throw new UserError('BundleError', `${folder} is not a bundle: there is no such folder`, {
      help: 'Give the folder that hebb compile wrote with --out, or a program: PROGRAM.ts',
    })
  throw new UserError('BundleError', `${folder} is not a bundle: ${path} is missing`, { help: MENDING })
}
