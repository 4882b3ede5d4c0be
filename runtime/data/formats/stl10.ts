import { join } from 'node:path'
import { at } from '../../../src/base/lists.ts'
import { isThere } from '../../../src/base/file-kind.ts'
import { readRegularFile, readTextFile } from '../../../src/base/regular-file.ts'
import { namesBeside } from '../class-names.ts'
import { dataError } from '../read.ts'
import { storedDataset } from '../stored/stored-dataset.ts'
import { sourceOf } from '../stored/source-of.ts'
import { splits, type Dataset, type Split } from '../dataset.ts'
import type { Format } from '../format.ts'

/** STL-10, binary version (Coates, Ng & Lee, 2011): pixels column by column, classes from 1 to 10. */

const SIDE = 96
const IMAGE_BYTES = 3 * SIDE * SIDE
const CLASSES = 10
const FOLDS = 10
const MANY = 1_000_000

const images: Readonly<Record<Split, string>> = {
  unlabelled: 'unlabeled_X.bin',
  train: 'train_X.bin',
  test: 'test_X.bin',
}
const labelFiles = { train: 'train_y.bin', test: 'test_y.bin' } as const
const FOLD_FILE = 'fold_indices.txt'
const NAMES_FILE = 'class_names.txt'
const ARCHIVE_FOLDER = 'stl10_binary'

function readLabels(path: string, count: number): Uint32Array {
  const bytes = readRegularFile(path, { largest: MANY, what: 'labels' })
  if (bytes.length !== count)
    throw dataError(
      path,
      `holds ${bytes.length} labels for ${count} images`,
      'Take images and labels of the same data set.',
    )
  const wrong = bytes.findIndex((label) => label < 1 || label > CLASSES)
  if (wrong >= 0)
    throw dataError(
      path,
      `label ${at(bytes, wrong)} at byte ${wrong} is out of range: classes are 1 to ${CLASSES}`,
    )
  return Uint32Array.from(bytes, (label) => label - 1)
}

/** Ten lines of image numbers, from 0: the subsets that the official protocol trains on, one at a time. */
function readFolds(path: string, count: number): Uint32Array[] {
  const lines = readTextFile(path, { largest: MANY, what: 'a list of folds' }).trimEnd().split('\n')
  if (lines.length !== FOLDS)
    throw dataError(path, `holds ${lines.length} lines, and there are ${FOLDS} folds`)
  return lines.map((line, number) => {
    const words = line.trim().split(/\s+/)
    const wrong = words.find((word) => !/^\d{1,9}$/.test(word) || Number(word) >= count)
    if (wrong !== undefined)
      throw dataError(
        path,
        `line ${number + 1}: '${wrong.slice(0, 20)}' is no number of one of ${count} images`,
      )
    return Uint32Array.from(words, Number)
  })
}

function require(folder: string, name: string): string {
  const path = join(folder, name)
  if (isThere(path)) return path
  throw dataError(folder, `has some files of STL-10, but no ${name}`, 'Unpack stl10_binary.tar.gz again.')
}

function open(folder: string, split: Split): Dataset {
  const path = require(folder, images[split])
  const source = sourceOf(path)
  const count = Math.floor(source.size / IMAGE_BYTES)
  const extra = source.size % IMAGE_BYTES
  if (count === 0 || extra !== 0)
    throw dataError(
      path,
      `holds ${source.size} bytes, not a multiple of the ${IMAGE_BYTES} of an image: it is cut short after byte ${count * IMAGE_BYTES}`,
    )
  const foldFile = join(folder, FOLD_FILE)
  const labels = split === 'unlabelled' ? undefined : readLabels(require(folder, labelFiles[split]), count)
  return storedDataset(
    {
      pieces: [{ source, count, at: 0, stride: IMAGE_BYTES }],
      shape: [3, SIDE, SIDE],
      type: 'uint8',
      order: 'columns',
    },
    {
      name: 'stl-10',
      classes: CLASSES,
      classNames: namesBeside(folder, NAMES_FILE, CLASSES),
      labels,
      folds: split === 'train' && isThere(foldFile) ? readFolds(foldFile, count) : undefined,
    },
  )
}

export const stl10Format: Format = {
  kind: 'stl10',
  lookedFor: `STL-10 binary: ${Object.values(images).join(', ')}, ${Object.values(labelFiles).join(', ')}, ${FOLD_FILE}, here or in ${ARCHIVE_FOLDER}/`,
  find: (folder) =>
    [folder, join(folder, ARCHIVE_FOLDER)].flatMap((place) => {
      const there = splits.filter((split) => isThere(join(place, images[split])))
      const [first] = there
      if (first === undefined) return []
      const evidence = join(place, images[first])
      return [{ place, evidence, splits: there, open: (split) => open(place, split) }]
    }),
}
