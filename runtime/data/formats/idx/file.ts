import {
  readFully,
  readUpTo,
  requireEnd,
  sizeOf,
  withRegularFile,
} from '../../../../src/base/regular-file.ts'
import { isGzip, LONGEST_START, mostPacked, mostUnpacked, startOfGzip, unpackGzip } from '../../gzip.ts'
import { headerBytes, parseIdxHeader, valuesOf } from './header.ts'
import { dataError, requireMemory } from '../../read.ts'
import { sharedBytes } from '../../stored/stored-dataset.ts'

/** An IDX file of unsigned bytes. */
export interface Idx {
  readonly sizes: readonly number[]
  /** As many as the product of the sizes. */
  readonly data: Uint8Array
}

const lengthError = (path: string, sizes: readonly number[], length: number | string, verdict: string) =>
  dataError(
    path,
    `holds ${length} bytes, and ${sizes.join(' × ')} values need ${headerBytes(sizes.length) + valuesOf(sizes)}: ${verdict}`,
  )

/** An IDX file whose header is read: gzipped or plain, whatever its name says, since browsers may unpack. */
interface Opened {
  readonly sizes: readonly number[]
  readonly read: () => Uint8Array
}

/** Its header says no more than its length allows. */
function openPlain(file: number, magic: number, path: string): Opened {
  const length = sizeOf(file)
  const start = new Uint8Array(Math.min(length, headerBytes(magic & 0xff)))
  readFully(file, start, 0, path)
  const sizes = parseIdxHeader(start, magic, path)
  const expected = start.length + valuesOf(sizes)
  if (length !== expected)
    throw lengthError(path, sizes, length, length < expected ? 'it is cut short' : 'something was appended')
  const read = () => {
    const data = sharedBytes(valuesOf(sizes))
    readFully(file, data, start.length, path)
    requireEnd(file, length, path)
    return data
  }
  return { sizes, read }
}

/** Of a file that is far longer than what it announces needs, no more than the beginning is read. */
function openPacked(file: number, magic: number, path: string): Opened {
  const length = sizeOf(file)
  const first = new Uint8Array(Math.min(length, LONGEST_START + 1))
  readFully(file, first, 0, path)
  const start = startOfGzip(first, headerBytes(magic & 0xff), path)
  const sizes = parseIdxHeader(start, magic, path)
  const expected = start.length + valuesOf(sizes)
  const most = mostUnpacked(length)
  if (expected > most) throw lengthError(path, sizes, `at most ${most}`, 'it is cut short')
  if (length > mostPacked(expected))
    throw lengthError(path, sizes, `${length} packed`, 'something was appended')
  const read = () => {
    const packed = new Uint8Array(length)
    readFully(file, packed, 0, path)
    requireEnd(file, length, path)
    const all = unpackGzip(packed, expected, path)
    if (!all) throw lengthError(path, sizes, 'more', 'something was appended')
    if (all.length < expected) throw lengthError(path, sizes, all.length, 'it is cut short')
    return all.subarray(start.length)
  }
  return { sizes, read }
}

const withIdx = <Result>(path: string, magic: number, use: (idx: Opened) => Result): Result =>
  withRegularFile(path, (file) => {
    const start = new Uint8Array(2)
    readUpTo(file, start, 0)
    return use(isGzip(start) ? openPacked(file, magic, path) : openPlain(file, magic, path))
  })

/**
 * Reads an IDX file, gzipped or plain, with the given magic number. However much its header announces, no more memory
 * is taken than the file fills.
 *
 * @throws UserError ('DataError') where the magic number is another or the length is not what the sizes say
 */
export const readIdx = (path: string, magic: number): Idx =>
  withIdx(path, magic, ({ sizes, read }) => {
    requireMemory(path, valuesOf(sizes))
    return { sizes, data: read() }
  })

/** Only the sizes of its axes. @throws as `readIdx`, of what can be known without reading all of it */
export const readIdxSizes = (path: string, magic: number): readonly number[] =>
  withIdx(path, magic, ({ sizes }) => sizes)

/** Whether a file is gzipped, whatever its name says. */
export const isPackedIdx = (path: string): boolean =>
  withRegularFile(path, (file) => {
    const start = new Uint8Array(2)
    readUpTo(file, start, 0)
    return isGzip(start)
  })
