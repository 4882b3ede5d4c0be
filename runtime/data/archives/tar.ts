import { createGunzip } from 'node:zlib'
import { PassThrough, Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileError, isSystemError, shown } from '../../../src/base/file-error.ts'
import { UserError } from '../../../src/base/error.ts'
import { readPieces } from '../../../src/base/regular-file.ts'
import { isGzip } from '../gzip.ts'
import { dataError } from '../read.ts'

const PIECE = 1024 * 1024

/** The event loop turns between the pieces, so that Ctrl-C is heard. */
async function* bytesOfFile(path: string): AsyncGenerator<Uint8Array> {
  for (const bytes of readPieces(path, PIECE)) {
    yield bytes
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function startsAsGzip(path: string): boolean {
  for (const bytes of readPieces(path, PIECE)) return isGzip(bytes)
  throw dataError(path, 'is empty')
}

export interface WantedFiles {
  readonly names: Pick<ReadonlySet<string>, 'has'>
  /** Of one of them, in bytes. */
  readonly largest: number
  /** Of all that the archive holds, in bytes: no more is unpacked, whatever it says. */
  readonly most: number
}

async function contentOf(entry: AsyncIterable<unknown>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of entry) parts.push(part as Uint8Array)
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
  const gunzip = startsAsGzip(path) ? createGunzip() : undefined
  const { extract } = await import('tar-stream')
  const files = extract()
  let unpacked = 0
  const count = new Transform({
    transform: (bytes: Buffer, _encoding, done) => {
      unpacked += bytes.length
      if (unpacked > most) done(dataError(path, `holds more than ${most} bytes: it is something else`))
      else done(null, bytes)
    },
  })
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
    await Promise.all([pipeline(source, gunzip ?? new PassThrough(), count, files), take()])
  } catch (error) {
    if (error instanceof UserError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    const place = gunzip ? `byte ${gunzip.bytesWritten}` : `byte ${unpacked}`
    if (isSystemError(error) && !error.code.startsWith('Z_')) throw fileError('read', path, error)
    throw dataError(path, `is a damaged archive, near ${place} of it: ${shown(reason)}`)
  }
  return found
}
