import { openPromise, type Entry, type ZipFile } from 'yauzl'
import { shown } from '../../../../src/base/file-error.ts'
import { openRegularFile } from '../../../../src/base/regular-file.ts'
import { closeSync } from 'node:fs'
import { dataError } from '../../read.ts'

/** One file of a zip archive. Nothing is written to the disk, whatever its name. */
export interface ZipEntry {
  readonly name: string
  /** Whether it lies in the archive as it is, and from which byte on. */
  readonly isStored: boolean
  readonly at: number
  /** Bytes, unpacked. */
  readonly length: number
  /** The first bytes, unpacked. */
  readonly beginning: (bytes: number) => Promise<Uint8Array>
  /** All bytes, unpacked, some at a time. */
  readonly stream: () => AsyncGenerator<Uint8Array>
}

async function withZip<Result>(path: string, use: (zip: ZipFile) => Promise<Result>): Promise<Result> {
  // Pipes and devices are refused, of which there is no end.
  closeSync(openRegularFile(path))
  let zip: ZipFile | undefined
  try {
    zip = await openPromise(path, { autoClose: false, lazyEntries: true })
    return await use(zip)
  } catch (error) {
    throw damaged(path, error)
  } finally {
    zip?.close()
  }
}

/** yauzl throws plain errors that say what is wrong. */
const damaged = (path: string, error: unknown): unknown =>
  error instanceof Error && error.constructor === Error
    ? dataError(path, `is a damaged zip archive: ${shown(error.message)}`)
    : error

async function* unpacked(path: string, entry: Entry): AsyncGenerator<Uint8Array> {
  const zip = await openPromise(path, { autoClose: false, lazyEntries: true })
  try {
    for await (const chunk of await zip.openReadStreamPromise(entry)) yield chunk as Uint8Array
  } catch (error) {
    throw damaged(`${path}, ${shown(entry.fileName)}`, error)
  } finally {
    zip.close()
  }
}

async function beginning(path: string, entry: Entry, bytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of unpacked(path, entry)) {
    parts.push(chunk)
    length += chunk.length
    if (length >= bytes) break
  }
  return Buffer.concat(parts).subarray(0, bytes)
}

/** All files of a zip archive. @throws UserError ('DataError') where it is damaged */
export const openEntries = (path: string): Promise<readonly ZipEntry[]> =>
  withZip(path, async (zip) => {
    const entries: ZipEntry[] = []
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue
      const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true })
      entries.push({
        name: entry.fileName,
        isStored: entry.compressionMethod === 0,
        at: fileDataStart,
        length: entry.uncompressedSize,
        beginning: (bytes) => beginning(path, entry, bytes),
        stream: () => unpacked(path, entry),
      })
    }
    return entries
  })
