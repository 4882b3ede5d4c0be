import { isStored, storedDataset } from '../../data/stored/stored-dataset.ts'
import type { Dataset, Rows } from '../../data/dataset.ts'
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

/** In the other thread. @param handed the rows of the batch under way, where they are not read here */
export function datasetOf({ facts, stored }: SharedRows, handed: () => Rows | undefined): Dataset {
  if (stored) return storedDataset(stored, facts)
  return {
    ...facts,
    read: (_indices, into) => {
      const rows = handed()
      if (!rows) throw new Error('rows were not handed over')
      into.set(rows)
    },
  }
}
