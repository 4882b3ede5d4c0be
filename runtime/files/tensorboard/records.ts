import { createRequire } from 'node:module'

/**
 * Records as TensorFlow writes them (TFRecord): the length in 8 bytes and its checksum in 4, then the bytes and theirs,
 * all little-endian. A checksum is a CRC-32C, turned and moved by a constant, so that a record may hold checksums itself.
 */

/** The package's types know its CRC-32 alone, which has the same face. */
const { buf: crc32c } = createRequire(import.meta.url)('crc-32/crc32c.js') as {
  readonly buf: (bytes: Uint8Array) => number
}

/** Of a record beside its own bytes. */
const AROUND = 16
const MASK = 0xa282ead8

export function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes) >>> 0
  return (((crc >>> 15) | (crc << 17)) + MASK) >>> 0
}

export function recordOf(bytes: Uint8Array): Uint8Array {
  const record = new Uint8Array(AROUND + bytes.length)
  const view = new DataView(record.buffer)
  view.setBigUint64(0, BigInt(bytes.length), true)
  view.setUint32(8, maskedChecksum(record.subarray(0, 8)), true)
  record.set(bytes, 12)
  view.setUint32(12 + bytes.length, maskedChecksum(bytes), true)
  return record
}
