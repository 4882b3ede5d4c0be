import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { labelsOf, roomFor } from '../../runtime/data/dataset.ts'
import { openDataset } from '../../runtime/data/open.ts'
import { fashionMnist } from './hebb.ts'

const counts: Readonly<Record<'train' | 'test', number>> = { train: 100, test: 60 }

/** An IDX file: a magic number, the sizes, the bytes. */
const idx = (sizes: readonly number[], data: Uint8Array): Uint8Array => {
  const header = Buffer.alloc(4 + 4 * sizes.length)
  header.writeUInt32BE(0x0800 + sizes.length)
  sizes.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis))
  return Buffer.concat([header, data])
}

/** The middle of square images, `side` pixels wide. */
function cropped(images: Uint8Array, from: number, side: number): Uint8Array {
  const [count, margin] = [images.length / from ** 2, Math.floor((from - side) / 2)]
  return Uint8Array.from({ length: count * side * side }, (_, i) => {
    const [image, row, column] = [Math.floor(i / side ** 2), Math.floor(i / side) % side, i % side]
    return images[(image * from + row + margin) * from + column + margin] ?? 0
  })
}

interface Images {
  readonly ending?: string
  readonly pack?: (bytes: Uint8Array) => Uint8Array
  /** Pixels; at most those of the images that there are. */
  readonly side?: number
}

/** A folder of few images, as IDX files. */
export async function writeImages(
  folder: string,
  { ending = '', pack = (bytes) => bytes, side = 28 }: Images = {},
): Promise<void> {
  mkdirSync(folder, { recursive: true })
  for (const split of ['train', 'test'] as const) {
    const dataset = await openDataset(fashionMnist, split)
    const [start, count] = [split === 'train' ? 'train' : 't10k', counts[split]]
    const images = roomFor(dataset, count)
    await dataset.read(
      Uint32Array.from({ length: count }, (_, i) => i),
      images,
    )
    const pixels = idx([count, side, side], cropped(Uint8Array.from(images), dataset.shape[1], side))
    writeFileSync(join(folder, `${start}-images-idx3-ubyte${ending}`), pack(pixels))
    const classes = idx([count], Uint8Array.from(labelsOf(dataset, 'torture').subarray(0, count)))
    writeFileSync(join(folder, `${start}-labels-idx1-ubyte${ending}`), pack(classes))
  }
}
