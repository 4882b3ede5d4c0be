import { closeSync } from 'node:fs'
import type { Entry, ZipFile } from 'yauzl'
import { fileError, isSystemError, shown } from '../../../src/base/file-error.ts'
import { UserError } from '../../../src/base/error.ts'
import { found as lookUp } from '../../../src/base/lists.ts'
import { openRegularFile } from '../../../src/base/regular-file.ts'
import { MOST_EXPANSION } from '../gzip.ts'
import { dataError } from '../read.ts'
import { crc32 } from './crc32.ts'

/** Files of a zip archive, read where they lie in it, in any order. Names are compared, never used as paths. */
export interface OpenZip {
  /** Of files, as they are in the archive. */
  readonly names: readonly string[]
  /** Bytes of a file, unpacked. */
  readonly sizeOf: (name: string) => number
  /** A file whole. @throws UserError ('DataError') where it is damaged, encrypted, or larger than `largest` bytes */
  readonly read: (name: string, largest: number) => Promise<Uint8Array>
  /** A file some bytes at a time; its checksum is compared when all were taken. @throws as `read` */
  readonly stream: (name: string) => AsyncGenerator<Uint8Array, void>
  /** The byte of the archive from which on a file lies as it is; undefined where it is packed. @throws as `read` */
  readonly placeOf: (name: string) => Promise<number | undefined>
}

/** yauzl throws plain errors that say what is wrong. */
function damaged(path: string, error: unknown): unknown {
  if (error instanceof UserError || !(error instanceof Error)) return error
  if (isSystemError(error) && !error.code.startsWith('Z_')) return fileError('read', path, error)
  return dataError(path, `is a damaged zip archive: ${shown(error.message)}`)
}

const STORED = 0

function requireSound(entry: Entry, place: string): void {
  const { relativeOffsetOfLocalHeader: byte, compressedSize: packed, uncompressedSize: size } = entry
  if (entry.isEncrypted())
    throw dataError(place, `is encrypted (at byte ${byte})`, 'Write the archive again without a password.')
  if (size > packed * MOST_EXPANSION)
    throw dataError(
      place,
      `announces ${size} bytes, more than its ${packed} packed ones can be (at byte ${byte})`,
    )
}

async function* unpacked(zip: ZipFile, entry: Entry, place: string): AsyncGenerator<Uint8Array, void> {
  requireSound(entry, place)
  let sum = 0
  try {
    for await (const part of await zip.openReadStreamPromise(entry)) {
      const bytes = part as Uint8Array
      sum = crc32(bytes, sum)
      yield bytes
    }
  } catch (error) {
    throw damaged(place, error)
  }
  if (sum !== entry.crc32)
    throw dataError(
      place,
      `is damaged: its checksum is another (at byte ${entry.relativeOffsetOfLocalHeader})`,
    )
}

async function placeOf(zip: ZipFile, entry: Entry, place: string): Promise<number | undefined> {
  requireSound(entry, place)
  if (entry.compressionMethod !== STORED) return undefined
  try {
    return (await zip.readLocalFileHeaderPromise(entry, { minimal: true })).fileDataStart
  } catch (error) {
    throw damaged(place, error)
  }
}

function filesOf(path: string, zip: ZipFile, entries: ReadonlyMap<string, Entry>): OpenZip {
  const entryOf = (name: string) => lookUp(entries, name, name)
  const placeIn = (name: string) => `${path}, ${shown(name, 4096)}`
  const stream = (name: string) => unpacked(zip, entryOf(name), placeIn(name))
  return {
    names: [...entries.keys()].filter((name) => !name.endsWith('/')),
    sizeOf: (name) => entryOf(name).uncompressedSize,
    read: async (name, largest) => {
      const { uncompressedSize: size } = entryOf(name)
      if (size > largest)
        throw dataError(placeIn(name), `holds ${size} bytes, and it should hold at most ${largest}`)
      const parts: Uint8Array[] = []
      for await (const part of stream(name)) parts.push(part)
      return new Uint8Array(Buffer.concat(parts))
    },
    stream,
    placeOf: (name) => placeOf(zip, entryOf(name), placeIn(name)),
  }
}

/**
 * Opens a zip archive while it is used.
 *
 * @throws UserError ('DataError', 'FileError') where its directory is missing or damaged
 */
export async function withZip<Result>(path: string, use: (zip: OpenZip) => Promise<Result>): Promise<Result> {
  const { zip, files } = await openZip(path)
  try {
    return await use(files)
  } finally {
    zip.close()
  }
}

async function openZip(path: string): Promise<{ readonly zip: ZipFile; readonly files: OpenZip }> {
  const { fromFdPromise } = await import('yauzl')
  const file = openRegularFile(path)
  let zip: ZipFile | undefined
  try {
    zip = await fromFdPromise(file, { autoClose: false, lazyEntries: true })
    const entries = new Map<string, Entry>()
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry)
    return { zip, files: filesOf(path, zip, entries) }
  } catch (error) {
    if (zip) zip.close()
    else closeSync(file)
    throw damaged(path, error)
  }
}

/** One file of an archive that is open only meanwhile. @throws UserError ('DataError', 'FileError') as `OpenZip.read` */
export async function* streamFromZip(path: string, name: string): AsyncGenerator<Uint8Array, void> {
  const { zip, files } = await openZip(path)
  try {
    yield* files.stream(name)
  } finally {
    zip.close()
  }
}
