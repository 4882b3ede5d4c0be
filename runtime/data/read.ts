import { constants } from 'node:buffer'
import { gunzipSync } from 'node:zlib'
import { UserError } from '../../src/error.ts'
import { readRegularFile } from '../../src/regular-file.ts'

const again = 'Copy or download the file again.'

export const dataError = (path: string, problem: string, help: string = again): UserError =>
  new UserError('DataError', `${path}: ${problem}`, { help })

/** The same memory without Buffer's own methods, whose `slice` shares memory where an array's copies. */
const plain = (buffer: Buffer): Uint8Array =>
  new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)

/** A file's bytes, decompressed if they are gzip, whatever the file's name says: browsers may unpack. */
export const readMaybeGzip = (path: string): Uint8Array => {
  const bytes = readRegularFile(path, { largest: constants.MAX_LENGTH, what: 'a file of images or labels' })
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  try {
    return plain(gunzipSync(bytes))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw dataError(path, `its gzip data are damaged (${reason})`)
  }
}
