import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { orFileError } from '../../../../src/base/file-error.ts'
import { kindOf } from '../../../../src/base/file-kind.ts'
import { dataError } from '../../read.ts'
import type { Split } from '../../dataset.ts'

/** Which files are of which split, by names: `train-00000-of-00002.parquet`, `test/0000.parquet`. */

const splitNames: readonly (readonly [RegExp, Split, rank: number])[] = [
  [/^(train|training)\b/i, 'train', 0],
  [/^(test|testing)\b/i, 'test', 0],
  [/^(validation|valid|val)\b/i, 'test', 1],
  [/^(unsupervised|unlabell?ed)\b/i, 'unlabelled', 0],
]

const isParquet = (name: string): boolean => /\.parquet$/i.test(name)

const namesIn = (folder: string): string[] => orFileError('read', folder, () => readdirSync(folder)).sort()

/** In the folder, in `data/` below it, and in folders that are called after a split. */
function filesIn(folder: string): string[] {
  const names = namesIn(folder)
  const below = names
    .filter((name) => /^(data|default)$/i.test(name) || splitNames.some(([pattern]) => pattern.test(name)))
    .map((name) => join(folder, name))
    .filter((path) => kindOf(path) === 'folder')
  return [...names.filter(isParquet).map((name) => join(folder, name)), ...below.flatMap(filesIn)].filter(
    (path) => kindOf(path) === 'file',
  )
}

/** A file's own name tells its split, else its folder's. */
const splitOf = (path: string) =>
  [basename(path), basename(dirname(path))]
    .flatMap((name) => splitNames.filter(([pattern]) => pattern.test(name.replaceAll('_', '-'))))
    .at(0)

/** Files of every split, in the order of their names. Where nothing tells a split, all are what is trained on. */
export function filesBySplit(path: string): ReadonlyMap<Split, readonly string[]> {
  const files = kindOf(path) === 'folder' ? filesIn(path) : isParquet(path) ? [path] : []
  const found = new Map<Split, { readonly rank: number; readonly files: string[] }>()
  for (const file of files) {
    const [, split, rank] = splitOf(file) ?? [undefined, 'train' as const, 2]
    const known = found.get(split)
    if (!known || rank < known.rank) found.set(split, { rank, files: [file] })
    else if (rank === known.rank) known.files.push(file)
  }
  return new Map([...found].map(([split, { files }]) => [split, files]))
}

/** @throws UserError ('DataError') where some of so many files are missing: `train-00000-of-00002.parquet` */
export function requireAllShards(files: readonly string[]): void {
  for (const path of files) {
    const [, start, number, of] = /^(.*-)(\d+)-of-(\d+)\.parquet$/is.exec(path) ?? []
    if (start === undefined || number === undefined || of === undefined) continue
    const there = files.filter(
      (file) => file.startsWith(start) && file.endsWith(path.slice(start.length + number.length)),
    )
    if (there.length !== Number(of))
      throw dataError(
        path,
        `is one of ${Number(of)} files, of which ${there.length} are there`,
        'Download all of them.',
      )
  }
}
