import { basename, resolve } from 'node:path'
import { found as lookUp } from '../../../../src/base/lists.ts'
import { kindOf, stampOf } from '../../../../src/base/file-kind.ts'
import { digest } from '../../cache/digest.ts'
import { fingerprintOfFile } from '../../cache/file-hash.ts'
import type { Dataset, Split } from '../../dataset.ts'
import { noSuchSplit } from '../../no-such-split.ts'
import { preparedImages } from '../../images/prepared-images.ts'
import type { ImageFile } from '../../images/image-files.ts'
import { columnsFor, imageBytes, labelsFrom, type Columns } from './columns.ts'
import { groupOf, openParquet, type ParquetFile } from './file.ts'
import { requireAllShards } from './files.ts'
import type { OpenOptions } from '../../format.ts'

interface Part {
  readonly file: ParquetFile
  readonly columns: Columns
  readonly labels: readonly number[] | undefined
}

async function openPart(path: string): Promise<Part> {
  const file = await openParquet(path)
  const columns = columnsFor(file)
  const { label } = columns
  const labels = label === undefined ? undefined : labelsFrom(await file.column(label, 0, file.count), file)
  return { file, columns, labels }
}

/** Images come in groups of rows that are read together; those last read are kept, since rows are asked for in order. */
function imagesOf({ file, columns, labels }: Part): ImageFile[] {
  const groups = new Map<number, Promise<unknown[]>>()
  const groupAt = (start: number, end: number): Promise<unknown[]> => {
    const known = groups.get(start)
    if (known) return known
    for (const other of groups.keys()) if (groups.size > 1) groups.delete(other)
    const read = file.column(columns.image, start, end)
    groups.set(start, read)
    return read
  }
  return Array.from({ length: file.count }, (_, row) => ({
    name: `${file.path}, row ${row}`,
    label: labels?.[row],
    bytes: async () => {
      const [start, end] = groupOf(file, row)
      const values = await groupAt(start, end)
      return imageBytes(values[row - start])
    },
  }))
}

/** One more than the largest label of all splits, or as many as have names. */
function classesOf(parts: readonly Part[]): number | undefined {
  const labels = parts.flatMap((part) => part.labels ?? [])
  if (labels.length === 0) return undefined
  const named = parts.map(({ columns }) => columns.classNames?.length ?? 0)
  return Math.max(
    ...named,
    labels.reduce((most, label) => Math.max(most, label + 1), 1),
  )
}

/** Opens a split of what `filesBySplit` found. @throws UserError ('DataError') where a file is damaged or missing */
export async function openParquetSplit(
  place: string,
  bySplit: ReadonlyMap<Split, readonly string[]>,
  split: Split,
  options: OpenOptions,
): Promise<Dataset> {
  if (!bySplit.has(split)) throw noSuchSplit(place, split, bySplit.keys())
  if (kindOf(place) === 'folder') for (const paths of bySplit.values()) requireAllShards(paths)
  const all = new Map<Split, Part[]>()
  for (const [each, paths] of bySplit) all.set(each, await Promise.all(paths.map(openPart)))
  const parts = lookUp(all, split, `the split ${split}`)
  const classes = classesOf([...all.values()].flat())
  const isLabelled = parts.every(({ labels }) => labels !== undefined)
  const classNames = parts[0]?.columns.classNames
  const paths = parts.map(({ file }) => file.path)
  const stamp = () => paths.map((path) => stampOf(path).text).join('\n')
  const before = stamp()
  return preparedImages(
    {
      name: basename(resolve(place)).replace(/\.parquet$/i, ''),
      what: paths.length === 1 ? String(paths[0]) : `${place} (${split})`,
      classes: isLabelled ? classes : undefined,
      classNames: isLabelled && classNames?.length === classes ? classNames : undefined,
      files: parts.flatMap((part) => imagesOf(isLabelled ? part : { ...part, labels: undefined })),
      content: { hash: digest(...paths.map((path) => fingerprintOfFile(path, 'parquet'))), stamp: before },
      stamp,
    },
    options,
  )
}
