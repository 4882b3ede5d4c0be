import { fromFdPromise, type Entry } from 'yauzl'
import { fileError, isSystemError, shown } from '../../../src/base/file-error.ts'
import { UserError } from '../../../src/base/error.ts'
import { found as lookUp } from '../../../src/base/lists.ts'
import { openRegularFile } from '../../../src/base/regular-file.ts'
import { dataError } from '../read.ts'
import { crc32 } from './crc32.ts'

/** Files of a zip archive, read where they lie in it, in any order. Names are compared, never used as paths. */
export interface OpenZip {
  /** Of files, as they are in the archive. */
  readonly names: readonly string[]
  /** @throws UserError ('DataError') where it is damaged, encrypted, or larger than `largest` bytes */
  readonly read: (name: string, largest: number) => Promise<Uint8Array>
}

/** yauzl throws plain errors that say what is wrong. */
function damaged(path: string, error: unknown): unknown {
  if (error instanceof UserError || !(error instanceof Error)) return error
  if (isSystemError(error) && !error.code.startsWith('Z_')) return fileError('read', path, error)
  return dataError(path, `is a damaged zip archive: ${shown(error.message)}`)
}

/**
 * Opens a zip archive while it is used.
 *
 * @throws UserError ('DataError', 'FileError') where its directory is missing or damaged
 */
export async function withZip<Result>(path: string, use: (zip: OpenZip) => Promise<Result>): Promise<Result> {
  const zip = await fromFdPromise(openRegularFile(path), { autoClose: false, lazyEntries: true }).catch(
    (error: unknown) => {
      throw damaged(path, error)
    },
  )
  const entries = new Map<string, Entry>()
  const read = async (name: string, largest: number): Promise<Uint8Array> => {
    const entry = lookUp(entries, name, name)
    const place = `${path}, ${name}`
    if (entry.uncompressedSize > largest)
      throw dataError(place, `holds ${entry.uncompressedSize} bytes, and it should hold at most ${largest}`)
    try {
      const parts: Uint8Array[] = []
      for await (const part of await zip.openReadStreamPromise(entry)) parts.push(part as Uint8Array)
      const bytes = new Uint8Array(Buffer.concat(parts))
      if (crc32(bytes) === entry.crc32) return bytes
    } catch (error) {
      throw damaged(place, error)
    }
    throw dataError(
      place,
      `is damaged: its checksum is another (at byte ${entry.relativeOffsetOfLocalHeader})`,
    )
  }
  try {
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry)
    const names = [...entries.keys()].filter((name) => !name.endsWith('/'))
    return await use({ names, read })
  } catch (error) {
    throw damaged(path, error)
  } finally {
    zip.close()
  }
}
