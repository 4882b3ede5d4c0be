import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { shown } from '../../src/base/file-error.ts'
import { makeFolder } from '../../src/base/make-folder.ts'
import { readPieces } from '../../src/base/regular-file.ts'
import { graphSize, manifestSize } from '../../src/bundle/manifest.ts'
import { writeAtomicallyAs } from '../files/atomic.ts'
import { getFile } from './fetch-file.ts'
import type { FileStore, StoredFile } from './files.ts'
import { isBundlePath, isRunPath } from './run-paths.ts'
import type { AgainOptions } from './passing.ts'
import type { KeptFile, RunJob } from './run-job.ts'

/** Files of a run's record, from the server into a folder. A record may be a stranger's: it names no other file than a run has. */

const refused = (path: string, what: string) =>
  new UserError('ServerError', `a record names ${shown(path)}, which is ${what}`, {
    help: 'Somebody else has written it: look at who may write on that server.',
  })

/**
 * The bundle of a run.
 *
 * @throws UserError ('ServerError') where the record names what no bundle has, or the server lacks it; ('FileError')
 */
export async function getBundle(
  store: FileStore,
  { files }: RunJob['bundle'],
  folder: string,
  again: AgainOptions = {},
): Promise<void> {
  for (const { path, bytes } of files) {
    if (!isBundlePath(path)) throw refused(path, 'no file of a bundle')
    const { largest } = path === 'manifest.json' ? manifestSize : graphSize
    if (bytes > largest) throw refused(path, `larger than any of a bundle: ${bytes} bytes`)
  }
  makeFolder(folder)
  for (const { path, ...stored } of files) await getFile(store, stored, join(folder, path), again)
}

/**
 * What a run's folder holds beside its bundle, as it was at the checkpoint that the record is of.
 *
 * @param store of the run's own files: `storeOf`
 * @throws UserError as `getBundle`
 */
export async function getRun(
  store: FileStore,
  files: readonly KeptFile[],
  folder: string,
  again: AgainOptions = {},
): Promise<void> {
  for (const { path } of files) if (!isRunPath(path)) throw refused(path, 'no file of a run')
  // run.json comes last: where it is, the run is whole.
  for (const { path, parts } of files.toSorted((a, b) => rank(a) - rank(b))) {
    const place = join(folder, path)
    makeFolder(dirname(place))
    const [first, ...more] = parts
    if (first && more.length === 0) await getFile(store, first, place, again)
    else await writeAtomicallyAs(place, joined(store, parts, `${place}.part`, again))
  }
}

const rank = ({ path }: KeptFile): number => Number(path === 'run.json')

async function* joined(
  store: FileStore,
  parts: readonly StoredFile[],
  place: string,
  again: AgainOptions,
): AsyncGenerator<Uint8Array> {
  try {
    for (const part of parts) {
      await getFile(store, part, place, again)
      yield* readPieces(place, 1024 * 1024)
    }
  } finally {
    rmSync(place, { force: true })
  }
}
