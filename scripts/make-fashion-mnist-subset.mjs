// Makes the committed subset of Fashion-MNIST from the four official files:
//   node scripts/make-fashion-mnist-subset.mjs FOLDER
// The first 600 images of each class of the training set and the first 100 of each class of the test set,
// in their original order, as gzipped IDX files in data/fashion-mnist.
import { Buffer } from 'node:buffer'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'

const CLASSES = 10
const SIDE = 28
const PIXELS = SIDE * SIDE
const IMAGES_HEADER = 16
const LABELS_HEADER = 8

/** Indices of the first `perClass` images of each class, in order. */
const firstOfEachClass = (labels, perClass) => {
  const taken = new Array(CLASSES).fill(0)
  return [...labels.keys()].filter((index) => taken[labels[index]]++ < perClass)
}

/** An IDX file of bytes: magic 0x08 and the number of axes, then their sizes, big-endian. */
const idx = (sizes, bytes) => {
  const header = Buffer.alloc(4 + 4 * sizes.length)
  header.writeUInt32BE(0x0800 + sizes.length, 0)
  sizes.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis))
  return Buffer.concat([header, bytes])
}

/** Node writes no time into gzip; the byte that names the system is set to "unknown" on all of them. */
const gzip = (bytes) => {
  const compressed = gzipSync(bytes, { level: 9 })
  compressed[9] = 255
  return compressed
}

const makeSubset = (from, to, split, perClass) => {
  const imagesFile = `${split}-images-idx3-ubyte.gz`
  const labelsFile = `${split}-labels-idx1-ubyte.gz`
  const images = gunzipSync(readFileSync(join(from, imagesFile))).subarray(IMAGES_HEADER)
  const labels = gunzipSync(readFileSync(join(from, labelsFile))).subarray(LABELS_HEADER)
  if (images.length !== labels.length * PIXELS) throw new Error(`${from}: ${split} is not as expected`)
  const chosen = firstOfEachClass(labels, perClass)
  const chosenImages = chosen.map((index) => images.subarray(index * PIXELS, (index + 1) * PIXELS))
  const chosenLabels = chosen.map((index) => labels[index])
  writeFileSync(join(to, imagesFile), gzip(idx([chosen.length, SIDE, SIDE], Buffer.concat(chosenImages))))
  writeFileSync(join(to, labelsFile), gzip(idx([chosen.length], Buffer.from(chosenLabels))))
  console.log(`${split}: ${chosen.length} images`)
}

const from = process.argv[2]
if (from === undefined) {
  console.error('usage: node scripts/make-fashion-mnist-subset.mjs FOLDER_OF_THE_OFFICIAL_FILES')
  process.exit(1)
}
const to = fileURLToPath(new URL('../data/fashion-mnist', import.meta.url))
mkdirSync(to, { recursive: true })
makeSubset(from, to, 'train', 600)
makeSubset(from, to, 't10k', 100)
