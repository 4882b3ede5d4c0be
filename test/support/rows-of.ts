import { roomFor, type Dataset, type Rows } from '../../runtime/data/dataset.ts'

/** All rows of a data set, one after the other. */
export async function rowsOf(dataset: Dataset): Promise<Rows> {
  const rows = roomFor(dataset, dataset.count)
  await dataset.read(
    Uint32Array.from({ length: dataset.count }, (_, row) => row),
    rows,
  )
  return rows
}
