import { constants, gunzipSync } from 'node:zlib'
import { isSystemError } from '../../src/base/file-error.ts'
import { dataError } from './read.ts'

/** A byte of deflate expands to at most so many: what announces more is written to fill a disk. */
export const MOST_EXPANSION = 1032

/** Far beyond where data begin, whatever names and comments stand before them. */
export const LONGEST_START = 128 * 1024

export const isGzip = (start: Uint8Array): boolean => start[0] === 0x1f && start[1] === 0x8b

/** How much gzip data of a length can hold at most, in bytes. */
export const mostUnpacked = (packed: number): number => (packed + 1) * MOST_EXPANSION

/** How long gzip data of so much content are at most, however badly it packs, with zeros behind them. */
export const mostPacked = (unpacked: number): number => 2 * unpacked + 1024 * 1024

const unpacking = <Result>(path: string, unpack: () => Result): Result => {
  try {
    return unpack()
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw dataError(path, `its gzip data are damaged (${error.message})`)
  }
}

/** The first bytes that gzip data hold, fewer where they hold fewer; little else is unpacked. */
export function startOfGzip(packed: Uint8Array, bytes: number, path: string): Uint8Array {
  for (let length = 512; ; length *= 2) {
    const part = packed.subarray(0, length)
    const isWhole = length >= packed.length
    // What is cut off here is not missing.
    const finishFlush = isWhole ? constants.Z_FINISH : constants.Z_SYNC_FLUSH
    const start = unpacking(path, () => gunzipSync(part, { finishFlush }))
    if (start.length >= bytes || isWhole) return start.subarray(0, bytes)
    if (length >= LONGEST_START) throw dataError(path, `its first ${length} bytes of gzip data hold nothing`)
  }
}

/**
 * Unpacks gzip data of one or several members, whose content is at most `most` bytes long; undefined where it is
 * longer, of which no more is unpacked.
 *
 * @throws UserError ('DataError') where they are damaged, or something else than zeros follows them
 */
export function unpackGzip(packed: Uint8Array, most: number, path: string): Uint8Array | undefined {
  const unpacked: unknown = unpacking(path, () => {
    try {
      return gunzipSync(packed, { maxOutputLength: Math.max(1, most), info: true })
    } catch (error) {
      if (isSystemError(error) && error.code === 'ERR_BUFFER_TOO_LARGE') return undefined
      throw error
    }
  })
  if (unpacked === undefined) return undefined
  const { buffer, engine } = unpacked as { buffer: Buffer; engine: { bytesWritten: number } }
  const rest = packed.subarray(engine.bytesWritten)
  if (rest.some((byte) => byte !== 0)) throw dataError(path, `${rest.length} bytes follow its gzip data`)
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
