import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** An IDX file of bytes. */
export const idx = (sizes: readonly number[], data: Uint8Array, magic = 0x0800 + sizes.length): Buffer => {
  const header = Buffer.alloc(4 + 4 * sizes.length)
  header.writeUInt32BE(magic, 0)
  sizes.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis))
  return Buffer.concat([header, data])
}

export const IDX_NAMES = {
  trainImages: 'train-images-idx3-ubyte',
  trainLabels: 'train-labels-idx1-ubyte',
  testImages: 't10k-images-idx3-ubyte',
  testLabels: 't10k-labels-idx1-ubyte',
} as const

/** Three training images and one for testing, 2 × 2, of classes 0 to 2. */
export const idxFiles = () => ({
  [IDX_NAMES.trainImages]: idx([3, 2, 2], Uint8Array.from([0, 255, 0, 255, 10, 20, 30, 40, 50, 60, 70, 80])),
  [IDX_NAMES.trainLabels]: idx([3], Uint8Array.from([0, 2, 1])),
  [IDX_NAMES.testImages]: idx([1, 2, 2], Uint8Array.from([1, 2, 3, 4])),
  [IDX_NAMES.testLabels]: idx([1], Uint8Array.from([2])),
})

/** Records of a CIFAR file: the label bytes, then pixels that all hold the number of the record. */
export const cifarRecords = (labels: readonly (readonly number[])[]): Buffer =>
  Buffer.concat(
    labels.map((bytes, record) => Buffer.concat([Buffer.from(bytes), Buffer.alloc(3072, record)])),
  )

/** An image of STL-10 as [channels, height, width], none of whose axes can be taken for another one. */
export const stlImage = (number: number): Uint8Array =>
  Uint8Array.from({ length: 3 * 96 * 96 }, (_, i) => {
    const [channel, y, x] = [Math.floor(i / 9216), Math.floor(i / 96) % 96, i % 96]
    return (number * 31 + channel * 80 + y * 3 + x * 7) % 256
  })

/** The same as it lies in a file: column by column. */
const stored = (image: Uint8Array): Uint8Array =>
  image.map((_, i) => image[Math.floor(i / 9216) * 9216 + (i % 96) * 96 + (Math.floor(i / 96) % 96)] ?? 0)

export const stlRecords = (...numbers: readonly number[]): Buffer =>
  Buffer.concat(numbers.map((number) => stored(stlImage(number))))

const classNames = 'airplane bird car cat deer dog horse monkey ship truck'.split(' ')

/** Two images to train on, one to test and three without labels; all ten folds are of both. */
export const stlFiles = () => ({
  'unlabeled_X.bin': stlRecords(3, 4, 5),
  'train_X.bin': stlRecords(0, 1),
  'train_y.bin': Buffer.of(10, 1),
  'test_X.bin': stlRecords(2),
  'test_y.bin': Buffer.of(4),
  'fold_indices.txt': Buffer.from('0 1 \n'.repeat(9) + '1 \n'),
  'class_names.txt': Buffer.from(`${classNames.join('\n')}\n`),
})

export const writeFiles = (folder: string, files: Readonly<Record<string, Uint8Array | string>>): string => {
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}
