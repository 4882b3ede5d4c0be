import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDataset, type Split } from '../../runtime/data/dataset.ts'
import { fashionMnist } from './hebb.ts'

const counts: Readonly<Record<Split, number>> = { train: 100, test: 60 }

/** An IDX file: a magic number, the sizes, the bytes. */
const idx = (sizes: readonly number[], data: Uint8Array): Uint8Array => {
  const header = Buffer.alloc(4 + 4 * sizes.length)
  header.writeUInt32BE(0x0800 + sizes.length)
  sizes.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis))
  return Buffer.concat([header, data])
}

/** A folder of few images, as IDX files. */
export function writeImages(
  folder: string,
  ending = '',
  pack = (bytes: Uint8Array): Uint8Array => bytes,
): void {
  mkdirSync(folder, { recursive: true })
  for (const split of ['train', 'test'] as const) {
    const { images, labels, height, width } = openDataset(fashionMnist, split)
    const [start, count] = [split === 'train' ? 'train' : 't10k', counts[split]]
    const pixels = idx([count, height, width], images.subarray(0, count * height * width))
    writeFileSync(join(folder, `${start}-images-idx3-ubyte${ending}`), pack(pixels))
    const classes = idx([count], labels.subarray(0, count))
    writeFileSync(join(folder, `${start}-labels-idx1-ubyte${ending}`), pack(classes))
  }
}
