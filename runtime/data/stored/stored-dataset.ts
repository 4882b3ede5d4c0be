import { requireLabelsBelow, type Dataset } from '../dataset.ts'
import { availableRows, type StoredRows } from './piece.ts'
import { readStored } from './stored-rows.ts'
import type { StoredDataset } from './is-stored.ts'

export type DatasetFacts = Omit<Dataset, 'read' | 'count' | 'shape' | 'type'>

/** A data set of rows that lie in files or in memory. @throws UserError ('DataError') where a label is out of range */
export function storedDataset(stored: StoredRows, facts: DatasetFacts): StoredDataset {
  const dataset: StoredDataset = {
    ...facts,
    stored,
    count: availableRows(stored.pieces),
    shape: stored.shape,
    type: stored.type,
    read: (indices, into) => {
      readStored(stored, indices, into)
    },
  }
  requireLabelsBelow(dataset, facts.name)
  return dataset
}

/** Zeros in memory that several threads can read and write. */
export const sharedBytes = (length: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(length))

/** In memory that several threads can read; copied only where it is not there yet. */
export function shared(bytes: Uint8Array): Uint8Array {
  if (bytes.buffer instanceof SharedArrayBuffer) return bytes
  const copy = sharedBytes(bytes.length)
  copy.set(bytes)
  return copy
}
