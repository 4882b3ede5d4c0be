import { at } from '../../base/lists.ts'
import { gatherRows } from '../../../runtime/batches/rows.ts'
import { rowSize, type Dataset } from '../../../runtime/data/dataset.ts'
import { pngOf } from '../data/preview/png.ts'
import { tileOf } from '../data/preview/tile.ts'
import type { Picture } from '../data/preview/picture.ts'
import type { Thumb } from '../../../report/index.ts'

/** Pixels of the longer side of a thumbnail at most. */
const LARGEST = 64

/** Rows of a data set as small pictures with what they are of, in the order of the indices. */
export async function thumbsOf(
  dataset: Dataset,
  indices: readonly number[],
  className: (label: number) => string,
): Promise<Thumb[]> {
  const { data, type } = await gatherRows(dataset, Uint32Array.from(indices))
  const size = rowSize(dataset)
  const thumbs: Thumb[] = []
  for (const [place, index] of indices.entries()) {
    const row = Float32Array.from(data.subarray(place * size, (place + 1) * size), Number)
    const picture = pictureOf(dataset, type === 'uint8' ? row.map((value) => value / 255) : stretched(row))
    const long = Math.max(picture.height, picture.width)
    const png = await pngOf(tileOf(picture, long > LARGEST ? 1 / Math.ceil(long / LARGEST) : 1))
    const label = dataset.labels && className(at(dataset.labels, index))
    const isSignal = dataset.shape[1] === 1 ? { isSignal: true } : {}
    thumbs.push({ png, ...(label === undefined ? {} : { label }), ...isSignal })
  }
  return thumbs
}

/** Numbers of any size from the least, black, to the largest, white. */
function stretched(row: Float32Array): Float32Array {
  const [least, largest] = [row.reduce((a, b) => Math.min(a, b)), row.reduce((a, b) => Math.max(a, b))]
  return row.map((value) => (largest > least ? (value - least) / (largest - least) : 0.5))
}

/** Of channels that are no colours, the mean; a signal has a line for each. */
function pictureOf({ shape: [channels, height, width] }: Dataset, values: Float32Array): Picture {
  if (height === 1 || channels === 1 || channels === 3) return { channels, height, width, values }
  const size = height * width
  const mean = new Float32Array(size)
  values.forEach((value, i) => {
    mean[i % size] = at(mean, i % size) + value / channels
  })
  return { channels: 1, height, width, values: mean }
}
