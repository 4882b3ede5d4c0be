import { createHash, type Hash } from 'node:crypto'
import { isStored } from '../stored/is-stored.ts'
import { storedDataset } from '../stored/stored-dataset.ts'
import { listening } from './listening.ts'
import { walk } from '../walk.ts'
import { bytesOf } from '../../values/tensor.ts'
import type { Dataset } from '../dataset.ts'
import type { Order } from '../stored/piece.ts'
import type { OpenOptions } from '../format.ts'

/** What rows and labels are added to, in their order. */
export const hashOf = ({ shape, type }: Pick<Dataset, 'shape' | 'type'>, order: Order = 'planes'): Hash =>
  createHash('sha256').update(JSON.stringify({ shape, type, order }))

/** Values as they lie: to put them in order takes longer than to add them up. */
function asStored(dataset: Dataset): readonly [Dataset, Order] {
  if (!isStored(dataset)) return [dataset, 'planes']
  const { name, classes, labels, stored } = dataset
  return [storedDataset({ ...stored, order: 'planes' }, { name, classes, labels }), stored.order]
}

/** SHA-256 of all rows and labels; whether they lie in one file or in many makes no difference. */
export async function hashRows(dataset: Dataset, options: OpenOptions = {}): Promise<string> {
  const [rows, order] = asStored(dataset)
  const hash = hashOf(rows, order)
  const heard = listening(options)
  for await (const { first, count, rows: some } of walk(rows)) {
    hash.update(bytesOf(some))
    await heard()
    options.onProgress?.({ what: `${dataset.name} (adding up)`, done: first + count, total: dataset.count })
  }
  if (dataset.labels) hash.update(bytesOf(dataset.labels))
  return hash.digest('hex')
}
