import { join } from 'node:path'
import { isThere } from '../../src/base/file-kind.ts'
import type { Dataset, Split } from './labelled-images.ts'
import { readIdx, readIdxSizes, type Idx } from './idx.ts'
import { IMAGES_MAGIC, LABELS_MAGIC } from './idx-header.ts'
import { checkCount, checkLabels, checkTestLabels, recognise } from './idx-labels.ts'
import { dataError } from './read.ts'
import { channelStatistics } from './statistics.ts'

type Part = 'images' | 'labels'
const parts: readonly Part[] = ['images', 'labels']
const splits: readonly Split[] = ['train', 'test']
const magic: Readonly<Record<Part, number>> = { images: IMAGES_MAGIC, labels: LABELS_MAGIC }

export const idxLookedFor =
  'IDX: train-images-idx3-ubyte[.gz], train-labels-idx1-ubyte[.gz], t10k-images-…, t10k-labels-…'

/** Plain before gzipped: of equal files, the one that needs no unpacking is read. */
const fileNames = (split: Split, part: Part): string[] => {
  const start = `${split === 'train' ? 'train' : 't10k'}-${part}`
  const axes = part === 'images' ? 'idx3' : 'idx1'
  const names = [`${start}-${axes}-ubyte`, `${start}.${axes}-ubyte`]
  return [...names, ...names.map((name) => `${name}.gz`)]
}

const findPaths = (folder: string, split: Split, part: Part): string[] =>
  fileNames(split, part)
    .map((name) => join(folder, name))
    .filter((path) => isThere(path))

/** The files of this layout that a folder holds. */
export const idxFilesIn = (folder: string): string[] =>
  splits.flatMap((split) => parts.flatMap((part) => findPaths(folder, split, part)))

const requirePath = (folder: string, split: Split, part: Part): string => {
  const [path] = findPaths(folder, split, part)
  if (path !== undefined) return path
  throw dataError(
    folder,
    `has some files of an IDX data set, but no ${split === 'train' ? 'training' : 'test'} ${part}`,
    `Add one of ${fileNames(split, part).join(', ')}.`,
  )
}

/** @throws UserError ('DataError') where the same part is there twice, and not the same. */
function readPart(folder: string, split: Split, part: Part): Idx {
  const path = requirePath(folder, split, part)
  const idx = readIdx(path, magic[part])
  for (const other of findPaths(folder, split, part).slice(1)) {
    const { sizes, data } = readIdx(other, magic[part])
    if (sizes.join() !== idx.sizes.join() || Buffer.compare(data, idx.data) !== 0)
      throw dataError(
        other,
        `differs from ${path}, which is there, too`,
        'Remove the one that is not wanted.',
      )
  }
  return idx
}

/** What headers alone tell of the images of a split; undefined where there are none. */
function imageSizes(folder: string, split: Split) {
  const [path] = findPaths(folder, split, 'images')
  if (path === undefined) return undefined
  const sizes = readIdxSizes(path, IMAGES_MAGIC)
  const [count = 0, height = 0, width = 0] = sizes
  if (count * height * width === 0) throw dataError(path, `holds no images (${sizes.join(' × ')})`)
  return { path, count, height, width }
}

/** Both splits belong together, where both are there: it is found before a run, not when its encoder is probed. */
function checkBoth(folder: string, trainLabels: Idx, classes: number, name: string | undefined): void {
  const [train, test] = splits.map((split) => imageSizes(folder, split))
  const labelsPath = requirePath(folder, 'train', 'labels')
  if (train) checkCount(labelsPath, trainLabels, train.count)
  checkLabels(labelsPath, trainLabels.data, classes, name)
  if (train && test && (train.height !== test.height || train.width !== test.width))
    throw dataError(
      test.path,
      `its images are ${test.height} × ${test.width}, those of ${train.path} ${train.height} × ${train.width}`,
      'Take training and test images of the same data set.',
    )
  const [testLabels] = findPaths(folder, 'test', 'labels')
  if (testLabels === undefined) return
  if (test) checkCount(testLabels, { sizes: readIdxSizes(testLabels, LABELS_MAGIC) }, test.count)
  const { data } = readPart(folder, 'test', 'labels')
  checkTestLabels(testLabels, data, trainLabels.data, classes)
}

/**
 * The MNIST family: grey images and labels in IDX files. Mean and deviation are the usual ones of MNIST and
 * Fashion-MNIST, otherwise those of the training images, which must therefore be there for the test split
 * too.
 *
 * @throws UserError ('DataError') where files are missing, damaged, or do not belong together
 */
export function openIdxFolder(folder: string, folderName: string, split: Split): Dataset {
  const labelsPath = requirePath(folder, 'train', 'labels')
  // The headers first: labels as many as images are all that is worth unpacking.
  const train = imageSizes(folder, 'train')
  if (train) checkCount(labelsPath, { sizes: readIdxSizes(labelsPath, LABELS_MAGIC) }, train.count)
  const trainLabels = readPart(folder, 'train', 'labels')
  const recognised = recognise(trainLabels.data)
  const classes =
    recognised?.classes ?? trainLabels.data.reduce((most, label) => Math.max(most, label + 1), 1)
  checkBoth(folder, trainLabels, classes, recognised?.name)

  requirePath(folder, split, 'images')
  const { data: labels } = split === 'train' ? trainLabels : readPart(folder, 'test', 'labels')
  const { sizes, data } = readPart(folder, split, 'images')
  const [count = 0, height = 0, width = 0] = sizes
  const trainImages = () => (split === 'train' ? data : readPart(folder, 'train', 'images').data)
  const { mean, std } = recognised
    ? { mean: [recognised.mean], std: [recognised.std] }
    : channelStatistics(trainImages(), 1, height * width)
  const name = recognised?.name ?? folderName
  return { name, images: data, labels, count, channels: 1, height, width, classes, mean, std }
}
