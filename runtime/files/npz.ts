import { closeSync, openSync, rmSync } from 'node:fs'
import { Readable } from 'node:stream'
import { orFileError } from '../../src/base/file-error.ts'
import { found } from '../../src/base/lists.ts'
import { readFully } from '../../src/base/regular-file.ts'
import { writeAtomicallyAs, writeFully } from './atomic.ts'
import { partialOf } from './partials.ts'
import { npyHeader, type NpyType } from './npy.ts'

/** Arrays in a file as numpy's `savez` writes them: a zip, stored, of an .npy each. */

export interface NpzArray {
  readonly name: string
  readonly type: NpyType
  readonly shape: readonly number[]
}

/** Bytes that are given to an array, from its first number on. */
export type Append = (name: string, bytes: Uint8Array) => void

const PIECE = 1024 * 1024
/** What a zip says with 32 bits. */
const LARGEST_PLAIN = 2 ** 32 - 2 ** 16

/** All that is said of time in the file is the same: so are the bytes of the same arrays. */
const options = { compress: false, mtime: new Date(1980, 0, 1), forceDosTimestamp: true } as const

interface Waiting extends NpzArray {
  readonly file: number
  length: number
}

/**
 * Writes arrays that grow side by side. A zip holds one after the other, so that each waits in a file of its own, which
 * has no name by then: nothing stays of it, whatever ends the process.
 *
 * @param fill gives every array all its numbers
 * @throws UserError ('FileError'), or what `fill` throws; a file that was there before then stays
 */
export async function writeNpz(
  path: string,
  arrays: readonly NpzArray[],
  fill: (append: Append) => Promise<void>,
): Promise<void> {
  const waiting = new Map<string, Waiting>()
  try {
    for (const array of arrays) waiting.set(array.name, { ...array, file: unnamed(path), length: 0 })
    await fill((name, bytes) => {
      const array = found(waiting, name, `array ${name}`)
      orFileError('write', path, () => {
        writeFully(array.file, bytes, array.length)
      })
      array.length += bytes.length
    })
    await writeAtomicallyAs(path, zipped([...waiting.values()], path))
  } finally {
    for (const { file } of waiting.values()) closeSync(file)
  }
}

function unnamed(path: string): number {
  return orFileError('write', path, () => {
    const name = partialOf(path)
    const file = openSync(name, 'wx+')
    rmSync(name)
    return file
  })
}

async function* zipped(arrays: readonly Waiting[], path: string): AsyncGenerator<Uint8Array, void> {
  const { ZipFile } = await import('yazl')
  const zip = new ZipFile()
  for (const array of arrays) {
    const { name, type, shape, length } = array
    const header = npyHeader(type, shape)
    const size = header.length + length
    zip.addReadStreamLazy(
      `${name}.npy`,
      { ...options, size, forceZip64Format: size > LARGEST_PLAIN },
      (give) => {
        give(null, Readable.from(piecesOf(header, array, path), { objectMode: false }))
      },
    )
  }
  zip.end()
  const output = zip.outputStream
  zip.on('error', (error: Error) => {
    if (output instanceof Readable) output.destroy(error)
  })
  for await (const chunk of output) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}

function* piecesOf(header: Uint8Array, { file, length }: Waiting, path: string): Generator<Uint8Array, void> {
  yield header
  for (let start = 0; start < length; start += PIECE) {
    const piece = new Uint8Array(Math.min(PIECE, length - start))
    readFully(file, piece, start, path)
    yield piece
  }
}
