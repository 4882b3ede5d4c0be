import { basename, dirname, join } from 'node:path'
import { kindOf } from '../../src/base/file-kind.ts'
import { found as lookUp } from '../../src/base/lists.ts'
import { readPieces } from '../../src/base/regular-file.ts'
import { readTar } from '../data/archives/tar.ts'
import { withZip } from '../data/archives/zip.ts'
import { archiveKind } from './archive-kind.ts'
import { findBelow, folderOfAll } from './find-files.ts'
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
 * @throws UserError ('InstallError') where one is missing, or the archive is of no kind that is read here;
 *   ('FileError', 'DataError') where it cannot be read
 */
export async function copyCudaFiles(source: string, files: readonly string[], into: string): Promise<void> {
  const copy = kindOf(source) === 'folder' ? fromFolder : archiveKind(source) === 'zip' ? fromZip : fromTar
  await copy(source, files, into)
}

async function fromFolder(source: string, files: readonly string[], into: string): Promise<void> {
  const folder = join(source, folderOfAll(source, findBelow(source, files), files))
  for (const file of files) await writePieces(join(into, file), readPieces(join(folder, file), PIECE))
}

const fromZip = (source: string, files: readonly string[], into: string): Promise<void> =>
  withZip(source, async (zip) => {
    const folder = folderOfAll(source, zip.names, files)
    for (const name of zip.names)
      if (dirname(name) === folder && files.includes(basename(name)))
        await writePieces(join(into, basename(name)), zip.stream(name))
  })

async function fromTar(source: string, files: readonly string[], into: string): Promise<void> {
  const has = (name: string) => files.includes(basename(name))
  const found = await readTar(source, { names: { has }, largest: LARGEST, most: MOST })
  const folder = folderOfAll(source, [...found.keys()], files)
  for (const file of files)
    await writePieces(join(into, file), [lookUp(found, join(folder, file), `${file} in ${source}`)])
}
