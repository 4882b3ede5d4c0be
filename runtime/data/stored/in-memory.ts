import { bytesOf } from '../../values/tensor.ts'
import { classesOf, rowSize, type RowShape, type Rows } from '../dataset.ts'
import type { StoredDataset } from './is-stored.ts'
import { shared, storedDataset } from './stored-dataset.ts'

/** Rows that are in memory already, [count, channels, height, width]. */
export interface RowsInMemory {
  readonly name: string
  readonly rows: Rows
  readonly shape: RowShape
  /** [count], whole numbers from 0. */
  readonly labels?: ArrayLike<number> | undefined
  /** Default: one more than the largest label. */
  readonly classes?: number
}

/** A data set of rows in memory, which is shared between threads, not copied to each. */
export function inMemory({ name, rows, shape, labels: given, classes }: RowsInMemory): StoredDataset {
  const labels = given && Uint32Array.from(given)
  const stride = rowSize({ shape }) * rows.BYTES_PER_ELEMENT
  const source = shared(bytesOf(rows))
  const type = rows instanceof Uint8Array ? 'uint8' : 'float32'
  const pieces = [{ source, count: rows.byteLength / stride, at: 0, stride }]
  return storedDataset(
    { pieces, shape, type, order: 'planes' },
    { name, labels, classes: classes ?? (labels && classesOf([labels])) },
  )
}
