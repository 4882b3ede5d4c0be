import { createHash, type Hash } from 'node:crypto'
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

const bytesOf = (values: Rows | Uint32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

/** What rows and labels are added to, in their order. */
export const hashOf = ({ shape, type }: Pick<Dataset, 'shape' | 'type'>): Hash =>
  createHash('sha256').update(JSON.stringify({ shape, type }))

/** SHA-256 of all rows and labels; whether they lie in one file or in many makes no difference. */
export async function hashRows(dataset: Dataset): Promise<string> {
  const hash = hashOf(dataset)
  for await (const { rows } of walk(dataset)) hash.update(bytesOf(rows))
  if (dataset.labels) hash.update(bytesOf(dataset.labels))
  return hash.digest('hex')
}
