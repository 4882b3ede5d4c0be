import { createGunzip } from 'node:zlib'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract } from 'tar-stream'
import { closeSync } from 'node:fs'
import { fileError, isSystemError, shown } from '../../../src/base/file-error.ts'
import { UserError } from '../../../src/base/error.ts'
import { openRegularFile, readUpTo } from '../../../src/base/regular-file.ts'
import { isGzip } from '../gzip.ts'
import { dataError } from '../read.ts'

const PIECE = 1024 * 1024

/** A file's bytes, some at a time; the descriptor is closed when they are not wanted any more. */
async function* bytesOfFile(path: string): AsyncGenerator<Uint8Array> {
  const file = openRegularFile(path)
  try {
    for (let position = 0; ;) {
      const bytes = new Uint8Array(PIECE)
      const read = readUpTo(file, bytes, position)
      if (read > 0) yield bytes.subarray(0, read)
      position += read
      if (read < PIECE) return
      // The event loop turns, so that Ctrl-C is heard.
      await new Promise((resolve) => setImmediate(resolve))
    }
  } catch (error) {
    throw fileError('read', path, error)
  } finally {
    closeSync(file)
  }
}

async function startsAsGzip(path: string): Promise<boolean> {
  for await (const bytes of bytesOfFile(path)) return isGzip(bytes)
  throw dataError(path, 'is empty')
}

export interface WantedFiles {
  readonly names: ReadonlySet<string>
  /** Of one of them, in bytes. */
  readonly largest: number
  /** Of all that the archive holds, in bytes: no more is unpacked, whatever it says. */
  readonly most: number
}

async function contentOf(entry: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of entry) parts.push(part)
  return new Uint8Array(Buffer.concat(parts))
}

/**
 * Some files of a tar archive, gzipped or not, into memory: names in it are compared, never used as paths. Links and
 * devices count as not there.
 *
 * @throws UserError ('DataError', 'FileError') where it is cut short, damaged, or holds far more than it should
 */
export async function readTar(
  path: string,
  { names, largest, most }: WantedFiles,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>()
  const gunzip = (await startsAsGzip(path)) ? createGunzip() : undefined
  const files = extract()
  let unpacked = 0
  async function* counted(source: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
    for await (const part of source) {
      const bytes = part as Uint8Array
      unpacked += bytes.length
      if (unpacked > most) throw dataError(path, `holds more than ${most} bytes: it is something else`)
      yield bytes
    }
  }
  const take = async () => {
    for await (const entry of files) {
      const name = entry.header.name.replace(/^(\.\/)+/, '')
      const { size, type } = entry.header
      if (type !== 'file' || !names.has(name)) entry.resume()
      else if (size > largest)
        throw dataError(path, `'${shown(name)}' holds ${size} bytes, and it should hold at most ${largest}`)
      else found.set(name, await contentOf(entry))
    }
  }
  const source = Readable.from(bytesOfFile(path))
  try {
    await Promise.all([pipeline(source, gunzip ?? new PassThrough(), counted, files), take()])
  } catch (error) {
    if (error instanceof UserError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    const place = gunzip ? `byte ${gunzip.bytesWritten}` : `byte ${unpacked}`
    if (isSystemError(error) && !error.code.startsWith('Z_')) throw fileError('read', path, error)
    throw dataError(path, `is a damaged archive, near ${place} of it: ${shown(reason)}`)
  }
  return found
}
