import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { orFileError, shown } from '../../src/base/file-error.ts'
import { kindOf } from '../../src/base/file-kind.ts'
import { formats } from './formats/formats.ts'
import type { Format } from './format.ts'

/** What to do with files that are no data set as they are, by how their names end. */
const ends: readonly (readonly [end: RegExp, advice: string])[] = [
  [/\.(tar\.gz|tgz|tar|zip|7z|rar|tar\.bz2|tar\.xz)$/i, 'is an archive of another kind: unpack it first'],
  [
    /\.(csv|tsv|txt|arrow|mat|pt|pth|h5|hdf5|tfrecord)$/i,
    'is of a format that is not read: write it as NumPy (.npz), or read it in a module of your own',
  ],
]

const adviceFor = (name: string): string | undefined => {
  const [, advice] = ends.find(([end]) => end.test(name)) ?? []
  return advice === undefined ? undefined : `${shown(name)} ${advice}`
}

const MOST_FOLDERS = 50

/** Archives and downloads nest: `MNIST/raw`, `data/cifar-10-batches-bin`. */
async function dataBelow(folder: string, names: readonly string[]): Promise<string | undefined> {
  const below = names.slice(0, MOST_FOLDERS).map((name) => join(folder, name))
  for (const path of [...below, ...below.map((path) => join(path, 'raw'))]) {
    if (kindOf(path) !== 'folder') continue
    for (const format of formats)
      if (format.isGeneral !== true && (await format.find(path)).length > 0) return path
  }
  return undefined
}

/** What to throw where a folder or file holds no data set that is known: what it holds instead. */
export async function nothingKnown(path: string, wanted: Format | undefined): Promise<UserError> {
  const isFolder = kindOf(path) === 'folder'
  const names = isFolder ? orFileError('read', path, () => readdirSync(path).sort()) : []
  const below = await dataBelow(path, names)
  const advice = names.flatMap((name) => adviceFor(name) ?? []).slice(0, 3)
  const what = wanted ? `no data set of kind ${wanted.kind}` : 'no data set that Hebb knows'
  return new UserError('DataError', `${what} in ${shown(path)}`, {
    details: [
      'looked for',
      ...(wanted ? [wanted] : formats.filter(({ isOnlyNamed }) => isOnlyNamed !== true)).map(
        ({ lookedFor }) => `  ${lookedFor}`,
      ),
      ...advice,
      ...(isFolder && names.length === 0 ? ['the folder is empty'] : []),
    ],
    help:
      below === undefined
        ? 'docs/data.md tells what is read, and how to read anything else.'
        : `There is one in ${shown(below)}: give that folder.`,
  })
}
