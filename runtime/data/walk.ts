import { roomFor, rowSize, type Dataset, type Rows } from './dataset.ts'

/** About as much is read at once where a data set is walked through. */
const WALK_BYTES = 4 * 1024 * 1024

export interface Walked {
  readonly first: number
  readonly count: number
  /** Valid until the next ones are asked for. */
  readonly rows: Rows
}

/** All rows in order, some of them at a time: no more of a data set is in memory. */
export async function* walk(dataset: Dataset): AsyncGenerator<Walked> {
  const most = Math.max(1, Math.floor(WALK_BYTES / rowSize(dataset)))
  const room = roomFor(dataset, Math.min(most, dataset.count))
  for (let first = 0; first < dataset.count; first += most) {
    const count = Math.min(most, dataset.count - first)
    const rows = room.subarray(0, count * rowSize(dataset))
    await dataset.read(
      Uint32Array.from({ length: count }, (_, i) => first + i),
      rows,
    )
    yield { first, count, rows }
  }
}
