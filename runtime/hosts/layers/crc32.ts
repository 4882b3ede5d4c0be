import { createRequire } from 'node:module'
import zlib from 'node:zlib'

/** The package has no names that ES modules see. */
const { buf } = createRequire(import.meta.url)('crc-32') as { buf: (bytes: Uint8Array) => number }

/** CRC-32 of bytes, in 0..2^32 - 1, where Node.js does not compute it. */
export const crc32OfLibrary = (bytes: Uint8Array): number => buf(bytes) >>> 0

/** CRC-32 of bytes, in 0..2^32 - 1. From 20.15 on Node.js has it, and takes a third of the time. */
export const crc32: (bytes: Uint8Array) => number =
  'crc32' in zlib ? (bytes) => zlib.crc32(bytes) : crc32OfLibrary
