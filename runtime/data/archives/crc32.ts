import { at } from '../../../src/base/lists.ts'

/** Of zip archives; zlib of Node has it only from 20.15 on. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0)
  return value
})

/** @param before of the bytes that come before these */
export function crc32(bytes: Uint8Array, before = 0): number {
  let value = ~before
  for (const byte of bytes) value = at(table, (value ^ byte) & 0xff) ^ (value >>> 8)
  return ~value >>> 0
}
