import { availableRows, type Piece, type StoredRows } from './piece.ts'
import { readFully, withRegularFile } from '../../../src/base/regular-file.ts'
import { stampOf } from '../../../src/base/file-kind.ts'
import { dataError } from '../read.ts'
import { rearrange } from './order.ts'
import { bytesOf } from '../../values/tensor.ts'
import { requireRows, rowBytes, type Rows } from '../dataset.ts'

/** Rows of equal size that lie one after the other in files or in memory, read when they are wanted. */

/** Which piece holds a row, and which of its rows it is. */
function place({ pieces }: StoredRows, index: number): readonly [piece: Piece, row: number] {
  let row = index
  for (const piece of pieces) {
    if (row < piece.count) return [piece, row]
    row -= piece.count
  }
  throw new RangeError(`row ${index} of ${availableRows(pieces)}`)
}

/** Rows wanted one after the other that also lie so, with nothing between them. */
interface Stretch {
  readonly piece: Piece
  readonly first: number
  /** The first one among those wanted. */
  readonly wanted: number
  count: number
}

function stretches(stored: StoredRows, indices: Uint32Array, rowBytes: number): Stretch[] {
  const found: Stretch[] = []
  indices.forEach((index, wanted) => {
    const [piece, row] = place(stored, index)
    const last = found.at(-1)
    const follows = last?.piece === piece && last.first + last.count === row && piece.stride === rowBytes
    if (follows) last.count++
    else found.push({ piece, first: row, wanted, count: 1 })
  })
  return found
}

function bySource(all: readonly Stretch[]): Map<Piece['source'], Stretch[]> {
  const groups = new Map<Piece['source'], Stretch[]>()
  for (const stretch of all) {
    const group = groups.get(stretch.piece.source)
    if (group) group.push(stretch)
    else groups.set(stretch.piece.source, [stretch])
  }
  return groups
}

/** The file as it was when the data set was opened. @throws UserError ('DataError') where it was changed since */
function requireUnchanged(
  path: string,
  { size, modified }: { readonly size: number; readonly modified: number },
): void {
  const now = stampOf(path)
  if (now.size !== size || now.modified !== modified)
    throw dataError(
      path,
      'was changed since it was opened',
      'Wait until it is no longer written, and start again.',
    )
}

/**
 * Writes rows one after the other into a buffer. Files are opened for each call: nothing has to be closed, and one that
 * was changed is noticed.
 *
 * @throws RangeError for a row that there is not; UserError ('DataError', 'FileError') where a file was changed or cannot
 *   be read
 */
export function readStored(stored: StoredRows, indices: Uint32Array, into: Rows): void {
  requireRows(indices, availableRows(stored.pieces))
  const size = rowBytes(stored)
  const target = bytesOf(into)
  for (const [source, group] of bySource(stretches(stored, indices, size))) {
    const take = (read: (bytes: Uint8Array, position: number) => void) => {
      for (const { piece, first, wanted, count } of group)
        read(target.subarray(wanted * size, (wanted + count) * size), piece.at + first * piece.stride)
    }
    if (source instanceof Uint8Array)
      take((bytes, position) => {
        bytes.set(source.subarray(position, position + bytes.length))
      })
    else {
      requireUnchanged(source.path, source)
      withRegularFile(source.path, (file) => {
        take((bytes, position) => {
          readFully(file, bytes, position, source.path)
        })
      })
    }
  }
  rearrange(into, stored)
}
