import type { Dataset } from './labelled-images.ts'

/** Zeros in memory that several threads can read and write. */
export const sharedBytes = (length: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(length))

const share = (bytes: Uint8Array): Uint8Array => {
  if (bytes.buffer instanceof SharedArrayBuffer) return bytes
  const shared = sharedBytes(bytes.length)
  shared.set(bytes)
  return shared
}

/** The data set in memory that several threads can read; copied only where it is not there yet. */
export const sharedDataset = (dataset: Dataset): Dataset => ({
  ...dataset,
  images: share(dataset.images),
  labels: share(dataset.labels),
})
