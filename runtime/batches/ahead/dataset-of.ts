import { storedDataset } from '../../data/stored/stored-dataset.ts'
import type { Dataset, Rows } from '../../data/dataset.ts'
import type { SharedRows } from './shared-rows.ts'

/** A data set in the thread that it was given to. @param handed the rows of the batch under way, where they are not read here */
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
