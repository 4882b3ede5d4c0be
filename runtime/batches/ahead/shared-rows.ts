import { isStored } from '../../data/stored/is-stored.ts'
import type { Dataset } from '../../data/dataset.ts'
import type { StoredRows } from '../../data/stored/piece.ts'

/**
 * A data set as another thread is given it. Rows in files, or in memory that is shared, are read there; those of a user's
 * own reader, which cannot leave its thread, are handed over batch by batch.
 */
export interface SharedRows {
  readonly facts: Omit<Dataset, 'read' | 'folds' | 'leftOut'>
  readonly stored: StoredRows | undefined
}

export function sharedRows(dataset: Dataset): SharedRows {
  const { name, count, shape, type, classes, labels } = dataset
  return {
    facts: { name, count, shape, type, classes, labels },
    stored: isStored(dataset) ? dataset.stored : undefined,
  }
}
