import type { Dataset } from '../dataset.ts'
import type { StoredRows } from './piece.ts'

/** A data set whose rows another thread can read on its own. */
export interface StoredDataset extends Dataset {
  readonly stored: StoredRows
}

export const isStored = (dataset: Dataset): dataset is StoredDataset =>
  'stored' in dataset && dataset.stored !== undefined
