import { basename, join, resolve } from 'node:path'
import { isThere, kindOf } from '../../../../src/base/file-kind.ts'
import { namesBeside } from '../../class-names.ts'
import { dataError } from '../../read.ts'
import { classesOf, type Dataset, type Split } from '../../dataset.ts'
import { storedDataset } from '../../stored/stored-dataset.ts'
import type { Format } from '../../format.ts'
import { readIdx, readIdxSizes, type Idx } from './file.ts'
import { COLOUR_MAGIC, IMAGES_MAGIC, LABELS_MAGIC } from './header.ts'
import { imagesOf, imageShape, type ImageShape } from './images.ts'
import { checkCount, checkLabels, checkTestLabels, recognise } from './labels.ts'

/** Beside the images, a line each. */
const NAMES_FILE = 'class_names.txt'

type LabelledSplit = Exclude<Split, 'unlabelled'>
type Part = 'images' | 'labels'
const parts: readonly Part[] = ['images', 'labels']
const splits: readonly LabelledSplit[] = ['train', 'test']

/** Plain before gzipped: of equal files, the one that needs no unpacking is read. */
const fileNames = (split: LabelledSplit, part: Part): string[] => {
  const start = `${split === 'train' ? 'train' : 't10k'}-${part}`
  const axes = part === 'images' ? ['idx3', 'idx4'] : ['idx1']
  const names = axes.flatMap((axis) => [`${start}-${axis}-ubyte`, `${start}.${axis}-ubyte`])
  return [...names, ...names.map((name) => `${name}.gz`)]
}

/** A name tells how many axes there are. */
const magicOf = (path: string, part: Part): number =>
  part === 'labels' ? LABELS_MAGIC : /[-.]idx4-/.test(basename(path)) ? COLOUR_MAGIC : IMAGES_MAGIC

const findPaths = (folder: string, split: LabelledSplit, part: Part): string[] =>
  fileNames(split, part)
    .map((name) => join(folder, name))
    .filter((path) => isThere(path))

const requirePath = (folder: string, split: LabelledSplit, part: Part): string => {
  const [path] = findPaths(folder, split, part)
  if (path !== undefined) return path
  throw dataError(
    folder,
    `has some files of an IDX data set, but no ${split === 'train' ? 'training' : 'test'} ${part}`,
    `Add one of ${fileNames(split, part).join(', ')}.`,
  )
}

/** @throws UserError ('DataError') where the same part is there twice, and not the same. */
function requireOneOf(folder: string, split: LabelledSplit, part: Part): string {
  const path = requirePath(folder, split, part)
  const others = findPaths(folder, split, part).slice(1)
  if (others.length === 0) return path
  const { sizes, data } = readIdx(path, magicOf(path, part))
  for (const other of others) {
    const found = readIdx(other, magicOf(other, part))
    if (found.sizes.join() !== sizes.join() || Buffer.compare(found.data, data) !== 0)
      throw dataError(
        other,
        `differs from ${path}, which is there, too`,
        'Remove the one that is not wanted.',
      )
  }
  return path
}

interface SplitImages extends ImageShape {
  readonly path: string
  readonly count: number
}

/** What headers alone tell of the images of a split; undefined where there are none. */
function imagesIn(folder: string, split: LabelledSplit): SplitImages | undefined {
  const [path] = findPaths(folder, split, 'images')
  if (path === undefined) return undefined
  const [count = 0, ...axes] = readIdxSizes(path, magicOf(path, 'images'))
  if ([count, ...axes].includes(0)) throw dataError(path, `holds no images (${[count, ...axes].join(' × ')})`)
  return { path, count, ...imageShape(path, axes) }
}

/** Both splits belong together, where both are there: it is found before a run, not when its encoder is probed. */
function checkBoth(folder: string): void {
  const [train, test] = splits.map((split) => imagesIn(folder, split))
  const size = ({ shape: [channels, height, width] }: SplitImages) =>
    channels === 1 ? `${height} × ${width}` : `${channels} × ${height} × ${width}`
  if (train && test && train.shape.join() !== test.shape.join())
    throw dataError(
      test.path,
      `its images are ${size(test)}, those of ${train.path} ${size(train)}`,
      'Take training and test images of the same data set.',
    )
}

interface Labels {
  readonly train: Idx
  readonly test: Idx | undefined
  readonly name: string | undefined
  readonly classes: number
  readonly classNames: readonly string[] | undefined
}

/** Of both splits; undefined where none has any. The headers first: labels as many as images are all that is worth unpacking. */
function labelsIn(folder: string): Labels | undefined {
  if (splits.every((split) => findPaths(folder, split, 'labels').length === 0)) return undefined
  const trainPath = requirePath(folder, 'train', 'labels')
  const checkSize = (path: string, split: LabelledSplit) => {
    const images = imagesIn(folder, split)
    if (images) checkCount(path, { sizes: readIdxSizes(path, LABELS_MAGIC) }, images.count)
  }
  checkSize(trainPath, 'train')
  const train = readIdx(requireOneOf(folder, 'train', 'labels'), LABELS_MAGIC)
  const recognised = recognise(train.data)
  const classes = recognised?.classes ?? classesOf([Uint32Array.from(train.data)])
  checkLabels(trainPath, train.data, classes, recognised?.name)
  checkBoth(folder)
  const classNames = namesBeside(folder, NAMES_FILE, classes) ?? recognised?.classNames
  const [testPath] = findPaths(folder, 'test', 'labels')
  if (testPath === undefined) return { train, test: undefined, name: recognised?.name, classes, classNames }
  checkSize(testPath, 'test')
  const test = readIdx(requireOneOf(folder, 'test', 'labels'), LABELS_MAGIC)
  checkTestLabels(testPath, test.data, train.data, classes)
  return { train, test, name: recognised?.name, classes, classNames }
}

async function open(folder: string, split: Split, options: Parameters<typeof imagesOf>[1]): Promise<Dataset> {
  if (split === 'unlabelled') throw new Error('IDX files have no such split')
  const labels = labelsIn(folder)
  if (!labels) checkBoth(folder)
  requirePath(folder, split, 'images')
  const labelled = split === 'train' ? labels?.train : labels?.test
  if (labels && !labelled) requirePath(folder, 'test', 'labels')
  const path = requireOneOf(folder, split, 'images')
  const name = labels?.name ?? basename(resolve(folder))
  const { classes, classNames } = labels ?? {}
  const facts = { name, classes, classNames, labels: labelled && Uint32Array.from(labelled.data) }
  const rows = await imagesOf({ path, magic: magicOf(path, 'images'), name }, options)
  return storedDataset(rows, facts)
}

/** The MNIST family: grey images [n, h, w], or of colour in a fourth axis, and labels in IDX files, gzipped or not. */
export const idxFormat: Format = {
  kind: 'idx',
  lookedFor:
    'IDX: train-images-idx3-ubyte[.gz], train-labels-idx1-ubyte[.gz], t10k-images-…, t10k-labels-…; colour: …-idx4-ubyte',
  find: (place) => {
    if (kindOf(place) !== 'folder') return []
    const [evidence] = splits.flatMap((split) => parts.flatMap((part) => findPaths(place, split, part)))
    const there = splits.filter((split) => findPaths(place, split, 'images').length > 0)
    if (evidence === undefined) return []
    return [{ place, evidence, splits: there, open: (split, options) => open(place, split, options) }]
  },
}
