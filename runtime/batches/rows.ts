import { UserError } from '../../src/base/error.ts'
import { at } from '../../src/base/lists.ts'
import { pickLabels, roomFor, rowSize, type Dataset } from '../data/dataset.ts'
import type { HostTensor } from '../values/tensor.ts'

/** Rows as they are stored, [indices, channels, height, width]: bytes, or float32 of a data set of numbers. */
export async function gatherRows(dataset: Dataset, indices: Uint32Array): Promise<HostTensor> {
  const data = roomFor(dataset, indices.length)
  await dataset.read(indices, data)
  if (data instanceof Float32Array) requireFinite(dataset, indices, data)
  return { type: dataset.type, shape: [indices.length, ...dataset.shape], data }
}

/** @throws UserError ('DataError') that names the first row with a value that is no number: a rule would be blamed for it */
function requireFinite({ name, shape }: Dataset, indices: Uint32Array, data: Float32Array): void {
  const wrong = data.findIndex((value) => !Number.isFinite(value))
  if (wrong < 0) return
  const row = at(indices, Math.floor(wrong / rowSize({ shape })))
  throw new UserError('DataError', `${name}: row ${row} holds ${String(data[wrong])}`, {
    help: 'Replace it in the data: numpy.nan_to_num, or leave the row out.',
  })
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
