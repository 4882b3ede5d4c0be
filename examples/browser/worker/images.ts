import { dataset, headerBytes, IMAGES_MAGIC, LABELS_MAGIC, parseIdxHeader } from '../../../runtime/core.ts'
import { at } from '../../../src/base/lists.ts'
import { fetched } from './fetched.ts'
import type { Dataset } from '../../../runtime/core.ts'

export const classNames = [
  ...['T-shirt', 'trouser', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot'],
]

/** A split of Fashion-MNIST, as the page's folder `data` has it: `train` or `t10k`. */
export async function openImages(split: 'train' | 't10k'): Promise<Dataset> {
  const [images, labels] = await Promise.all([
    idx(`data/${split}-images-idx3-ubyte.gz`, IMAGES_MAGIC),
    idx(`data/${split}-labels-idx1-ubyte.gz`, LABELS_MAGIC),
  ])
  const [count, height, width] = [at(images.sizes, 0), at(images.sizes, 1), at(images.sizes, 2)]
  const size = height * width
  return dataset({
    ...{ name: 'fashion-mnist', count, shape: [1, height, width], labels: labels.data, classes: classNames },
    read: (rows, into) => {
      rows.forEach((row, i) => {
        into.set(images.data.subarray(row * size, (row + 1) * size), i * size)
      })
    },
  })
}

async function idx(path: string, magic: number) {
  const bytes = await fetched(path)
  const sizes = parseIdxHeader(bytes, magic, path)
  return { sizes, data: bytes.subarray(headerBytes(sizes.length)) }
}
