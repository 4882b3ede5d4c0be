import { join } from 'node:path'
import { isThere } from '../../src/file-kind.ts'
import type { Dataset, Split } from './dataset.ts'
import { IMAGES_MAGIC, LABELS_MAGIC, readIdx } from './idx.ts'
import { dataError } from './read.ts'
import { channelStatistics } from './statistics.ts'

type Part = 'images' | 'labels'

export const idxLookedFor =
  'IDX: train-images-idx3-ubyte[.gz], train-labels-idx1-ubyte[.gz], t10k-images-…, t10k-labels-…'

interface Known {
  readonly name: string
  /** The training labels begin so; the committed subset's too. Folder names are no guide. */
  readonly firstLabels: string
  readonly mean: number
  readonly std: number
}
const known: readonly Known[] = [
  { name: 'fashion-mnist', firstLabels: '9003027255095579', mean: 0.286, std: 0.353 },
  { name: 'mnist', firstLabels: '5041921314353617', mean: 0.1307, std: 0.3081 },
]

const fileNames = (split: Split, part: Part): string[] => {
  const start = `${split === 'train' ? 'train' : 't10k'}-${part}`
  const axes = part === 'images' ? 'idx3' : 'idx1'
  return [`${start}-${axes}-ubyte`, `${start}.${axes}-ubyte`].flatMap((name) => [name, `${name}.gz`])
}

const findPath = (folder: string, split: Split, part: Part): string | undefined =>
  fileNames(split, part)
    .map((name) => join(folder, name))
    .find((path) => isThere(path))

const requirePath = (folder: string, split: Split, part: Part): string => {
  const path = findPath(folder, split, part)
  if (path !== undefined) return path
  throw dataError(
    folder,
    `has some files of an IDX data set, but no ${split === 'train' ? 'training' : 'test'} ${part}`,
    `Add one of ${fileNames(split, part).join(', ')}.`,
  )
}

interface Images {
  readonly count: number
  readonly height: number
  readonly width: number
  readonly data: Uint8Array
}

const readImages = (path: string): Images => {
  const { sizes, data } = readIdx(path, IMAGES_MAGIC)
  const [count = 0, height = 0, width = 0] = sizes
  if (data.length === 0) throw dataError(path, `holds no images (${sizes.join(' × ')})`)
  return { count, height, width, data }
}

const readLabels = (folder: string, split: Split): Uint8Array =>
  readIdx(requirePath(folder, split, 'labels'), LABELS_MAGIC).data

const checkLabels = (path: string, labels: Uint8Array, count: number, classes: number): void => {
  if (labels.length !== count) {
    throw dataError(
      path,
      `holds ${labels.length} labels for ${count} images`,
      'Take images and labels of the same data set.',
    )
  }
  const position = labels.findIndex((label) => label >= classes)
  if (position >= 0) {
    throw dataError(
      path,
      `label ${labels[position] ?? ''} of image ${position} is out of range: the training labels are below ${classes}`,
      'Take the test labels of the same data set.',
    )
  }
}

/**
 * The MNIST family: grey images and labels in IDX files. Mean and deviation are the usual ones of MNIST and
 * Fashion-MNIST, otherwise those of the training images, which must therefore be there for the test split
 * too. Undefined where the folder has no file of this layout; throws a UserError of kind DataError.
 */
export const openIdxFolder = (folder: string, folderName: string, split: Split): Dataset | undefined => {
  const parts: readonly Part[] = ['images', 'labels']
  const any = (which: Split): boolean => parts.some((part) => findPath(folder, which, part) !== undefined)
  if (!any('train') && !any('test')) return undefined

  const trainLabels = readLabels(folder, 'train')
  const beginning = trainLabels.subarray(0, 16).join('')
  const recognised = known.find(({ firstLabels }) => firstLabels === beginning)
  const classes = recognised ? 10 : trainLabels.reduce((most, label) => Math.max(most, label + 1), 1)

  const { count, height, width, data } = readImages(requirePath(folder, split, 'images'))
  const labels = split === 'train' ? trainLabels : readLabels(folder, 'test')
  checkLabels(requirePath(folder, split, 'labels'), labels, count, classes)

  const trainImages = () =>
    split === 'train' ? data : readImages(requirePath(folder, 'train', 'images')).data
  const { mean, std } = recognised
    ? { mean: [recognised.mean], std: [recognised.std] }
    : channelStatistics(trainImages(), 1, height * width)
  const name = recognised?.name ?? folderName
  return { name, images: data, labels, count, channels: 1, height, width, classes, mean, std }
}
