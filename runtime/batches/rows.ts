import { pickLabels, roomFor, type Dataset } from '../data/dataset.ts'
import type { HostTensor } from '../values/tensor.ts'

/** Rows as they are stored, [indices, channels, height, width]: bytes, or float32 of a data set of numbers. */
export async function gatherRows(dataset: Dataset, indices: Uint32Array): Promise<HostTensor> {
  const data = roomFor(dataset, indices.length)
  await dataset.read(indices, data)
  return { type: dataset.type, shape: [indices.length, ...dataset.shape], data }
}

/** As graphs read them: int64 [labels]. */
export const labelTensor = (labels: Uint32Array): HostTensor => ({
  type: 'int64',
  shape: [labels.length],
  data: BigInt64Array.from(labels, BigInt),
})

/** int64 [indices]; undefined where the data set has none. */
export const gatherLabels = ({ labels }: Dataset, indices: Uint32Array): HostTensor | undefined =>
  labels && labelTensor(pickLabels(labels, indices))
