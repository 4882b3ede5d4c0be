import { labelsOf, subset, type Split } from '../../runtime/data/dataset.ts'
import { openDataset } from '../../runtime/data/open.ts'
import { fashionMnist, write } from '../cli/run-hebb.ts'
import { idx } from '../runtime/data-files.ts'
import { rowsOf } from './rows-of.ts'

/** The first images of Fashion-MNIST as IDX files: nearest neighbours of all take seconds. */
export async function fewImages(split: Split, count: number): Promise<{ images: Buffer; labels: Buffer }> {
  const first = Uint32Array.from({ length: count }, (_, row) => row)
  const few = subset(await openDataset(fashionMnist, split), first)
  const [, height, width] = few.shape
  return {
    images: idx([count, height, width], Uint8Array.from(await rowsOf(few))),
    labels: idx([count], Uint8Array.from(labelsOf(few, 'a test'))),
  }
}

/** The same of both splits, as a data set in a folder of its own. */
export async function writeFewImages(
  folder: string,
  name: string,
  counts: Readonly<Record<'train' | 'test', number>>,
): Promise<void> {
  for (const [split, start] of [
    ['train', 'train'],
    ['test', 't10k'],
  ] as const) {
    const { images, labels } = await fewImages(split, counts[split])
    write(folder, `${name}/${start}-images-idx3-ubyte`, images)
    write(folder, `${name}/${start}-labels-idx1-ubyte`, labels)
  }
}
