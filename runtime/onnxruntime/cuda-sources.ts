import { basename, join } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { isThere, kindOf } from '../../src/base/file-kind.ts'
import { readPieces } from '../../src/base/regular-file.ts'
import { readTar } from '../data/archives/tar.ts'
import { withZip } from '../data/archives/zip.ts'
import { writePieces } from './write-pieces.ts'

/** Of one library, and of all that an archive of them holds, in bytes: several times what version 1.30 has. */
const LARGEST = 1e9
const MOST = 8e9
const PIECE = 4 * 1024 * 1024

/**
 * Copies the files of these names, wherever they lie in the source.
 *
 * @param source a folder, or an archive
 * @param into an empty folder
 * @throws UserError ('InstallError') where one is missing; ('FileError', 'DataError') where it cannot be read
 */
export async function copyCudaFiles(source: string, files: readonly string[], into: string): Promise<void> {
  const missing =
    kindOf(source) === 'folder'
      ? await fromFolder(source, files, into)
      : /\.(zip|nupkg)$/i.test(source)
        ? await fromZip(source, files, into)
        : await fromTar(source, files, into)
  if (missing.length > 0)
    throw new UserError('InstallError', `${source} does not hold ${missing.join(' and ')}`, {
      help: 'Give the folder or the archive that holds the libraries of the CUDA provider.',
    })
}

async function fromFolder(folder: string, files: readonly string[], into: string): Promise<string[]> {
  const there = files.filter((file) => isThere(join(folder, file)))
  for (const file of there) await writePieces(join(into, file), readPieces(join(folder, file), PIECE))
  return files.filter((file) => !there.includes(file))
}

const fromZip = (path: string, files: readonly string[], into: string): Promise<string[]> =>
  withZip(path, async (zip) => {
    const missing: string[] = []
    for (const file of files) {
      const name = zip.names.find((each) => basename(each) === file)
      if (name === undefined) missing.push(file)
      else await writePieces(join(into, file), zip.stream(name))
    }
    return missing
  })

async function fromTar(path: string, files: readonly string[], into: string): Promise<string[]> {
  const has = (name: string) => files.includes(basename(name))
  const found = await readTar(path, { names: { has }, largest: LARGEST, most: MOST })
  for (const [name, bytes] of found) await writePieces(join(into, basename(name)), [bytes])
  const there = [...found.keys()].map((name) => basename(name))
  return files.filter((file) => !there.includes(file))
}
