import { rowSize, type Rows, type RowShape } from '../dataset.ts'
import { at } from '../../../src/base/lists.ts'
import type { StoredRows } from './piece.ts'

/** Where the values of a row lie among those stored, by their places among planes that lie row by row. */
function places([channels, height, width]: RowShape, order: 'columns' | 'pixels'): Uint32Array {
  const found = new Uint32Array(channels * height * width)
  let i = 0
  for (let channel = 0; channel < channels; channel++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        found[i++] =
          order === 'columns' ? (channel * width + x) * height + y : (y * width + x) * channels + channel
  return found
}

const known = new Map<string, Uint32Array>()

function placesOf({ shape, order }: StoredRows): Uint32Array | undefined {
  if (order === 'planes' || (order === 'pixels' && shape[0] === 1)) return undefined
  const key = `${order} ${shape.join()}`
  const found = known.get(key) ?? places(shape, order)
  known.set(key, found)
  return found
}

/** Puts rows as they are stored into the order [channels, height, width], in place. */
export function rearrange(rows: Rows, stored: StoredRows): void {
  const from = placesOf(stored)
  if (!from) return
  const size = rowSize(stored)
  const row = rows.slice(0, size)
  for (let start = 0; start < rows.length; start += size) {
    row.set(rows.subarray(start, start + size))
    for (let i = 0; i < size; i++) rows[start + i] = at(row, at(from, i))
  }
}
