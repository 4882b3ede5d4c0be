import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { fileError, shown } from '../../src/base/file-error.ts'
import { kindOf } from '../../src/base/file-kind.ts'
import { cifarLookedFor, cifarPlaces } from './cifar.ts'
import { idxFilesIn, idxLookedFor } from './idx-folder.ts'

/** What to do with files that are no data set as they are, by how their names end. */
const ends: readonly (readonly [end: RegExp, advice: string])[] = [
  [/\.(tar\.gz|tgz|tar|zip|7z|rar|tar\.bz2|tar\.xz)$/i, 'is an archive: unpack it first'],
  [
    /^(data_batch_\d|test_batch|batches\.meta)$|\.(pkl|pickle)$/i,
    'is of the Python version: take the "binary version"',
  ],
  [/\.(png|jpe?g|bmp|gif|webp|tiff?)$/i, 'is a single image: write all of them as IDX files'],
  [
    /\.(csv|tsv|txt|npy|npz|parquet|arrow|mat|pt|pth|h5|hdf5|tfrecord)$/i,
    'is of a format that is not read: write it as IDX',
  ],
]

const adviceFor = (name: string): string | undefined => {
  const [, advice] = ends.find(([end]) => end.test(name)) ?? []
  return advice === undefined ? undefined : `${shown(name)} ${advice}`
}

/** Archives and downloads nest: `MNIST/raw`, `data/cifar-10-batches-bin`. */
function dataBelow(folder: string, names: readonly string[]): string | undefined {
  const below = names.slice(0, MOST_FOLDERS).map((name) => join(folder, name))
  return [...below, ...below.map((path) => join(path, 'raw'))].find(
    (path) => kindOf(path) === 'folder' && (idxFilesIn(path).length > 0 || cifarPlaces(path).length > 0),
  )
}
const MOST_FOLDERS = 50

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    throw fileError('read', folder, error)
  }
}

/** What to throw where a folder holds no data set that is known: what it holds instead. */
export function nothingKnown(folder: string): UserError {
  const names = namesIn(folder)
  const below = dataBelow(folder, names)
  const advice = names.flatMap((name) => adviceFor(name) ?? []).slice(0, 3)
  return new UserError('DataError', `no data set that Hebb knows in ${shown(folder)}`, {
    details: [
      'looked for',
      ...[idxLookedFor, ...cifarLookedFor].map((layout) => `  ${layout}`),
      ...advice,
      ...(names.length === 0 ? ['the folder is empty'] : []),
    ],
    help:
      below === undefined
        ? 'Unpack an archive first; of CIFAR take the "binary version", not the Python one.'
        : `There is one in ${shown(below)}: give that folder.`,
  })
}
