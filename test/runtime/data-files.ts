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

export const writeFiles = (folder: string, files: Readonly<Record<string, Uint8Array | string>>): string => {
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}
