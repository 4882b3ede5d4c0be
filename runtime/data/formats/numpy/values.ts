import { readFully, withRegularFile } from '../../../../src/base/regular-file.ts'
import { dataError } from '../../read.ts'
import type { NpyArray } from './arrays.ts'
import type { NpyHeader } from './npy-header.ts'

/** The values of an array, whichever numbers they are. */

const BITS_OF_FRACTION = 10
/** IEEE 754 half precision. */
function half(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> BITS_OF_FRACTION) & 31, bits & 1023]
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** A number at a byte. */
function reader({ kind, bytes, isBigEndian }: NpyHeader): (view: DataView, at: number) => number {
  const little = !isBigEndian
  if (kind === 'f' && bytes === 2) return (view, at) => half(view.getUint16(at, little))
  if (kind === 'f')
    return bytes === 4 ? (view, at) => view.getFloat32(at, little) : (view, at) => view.getFloat64(at, little)
  if (kind === 'i') {
    if (bytes === 1) return (view, at) => view.getInt8(at)
    if (bytes === 2) return (view, at) => view.getInt16(at, little)
    return bytes === 4
      ? (view, at) => view.getInt32(at, little)
      : (view, at) => Number(view.getBigInt64(at, little))
  }
  if (bytes === 1) return (view, at) => view.getUint8(at)
  if (bytes === 2) return (view, at) => view.getUint16(at, little)
  return bytes === 4
    ? (view, at) => view.getUint32(at, little)
    : (view, at) => Number(view.getBigUint64(at, little))
}

const PIECE = 4 * 1024 * 1024

/** All bytes behind the header, some at a time. */
async function* bytesOf(array: NpyArray, { start }: NpyHeader): AsyncGenerator<Uint8Array> {
  if (array.packed) {
    let skip = start
    for await (const chunk of array.packed.stream()) {
      yield chunk.subarray(Math.min(skip, chunk.length))
      skip = Math.max(0, skip - chunk.length)
    }
    return
  }
  for (let done = start; done < array.length; done += PIECE) {
    const piece = new Uint8Array(Math.min(PIECE, array.length - done))
    withRegularFile(array.path, (file) => {
      readFully(file, piece, array.at + done, array.path)
    })
    yield piece
  }
}

/** So many bytes at a time, whatever pieces they come in. */
export async function* chunksOf(
  array: NpyArray,
  header: NpyHeader,
  bytes: number,
): AsyncGenerator<Uint8Array> {
  let chunk = new Uint8Array(bytes)
  let filled = 0
  for await (const piece of bytesOf(array, header)) {
    for (let from = 0; from < piece.length;) {
      const taken = Math.min(bytes - filled, piece.length - from)
      chunk.set(piece.subarray(from, from + taken), filled)
      filled += taken
      from += taken
      if (filled < bytes) continue
      yield chunk
      chunk = new Uint8Array(bytes)
      filled = 0
    }
  }
  if (filled > 0) throw dataError(array.shown, 'ends in the middle of a row')
}

/** Numbers of one chunk. */
export function numbersOf(chunk: Uint8Array, header: NpyHeader): Float64Array {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  const read = reader(header)
  return Float64Array.from({ length: chunk.length / header.bytes }, (_, i) => read(view, i * header.bytes))
}

/** Labels [count] or [count, 1]: whole numbers from 0. @throws UserError ('DataError') where they are something else */
export async function labelsOfArray(array: NpyArray, header: NpyHeader, count: number): Promise<Uint32Array> {
  const [rows, ...rest] = header.shape
  const shape = `(${header.shape.join(', ')})`
  if (rows !== count || rest.some((axis) => axis !== 1))
    throw dataError(
      array.shown,
      `has the shape ${shape}, and there are ${count} images`,
      'Give one label per image.',
    )
  const labels = new Uint32Array(count)
  let index = 0
  for await (const chunk of chunksOf(array, header, header.bytes)) {
    const [label = NaN] = numbersOf(chunk, header)
    if (!Number.isInteger(label) || label < 0 || label >= 2 ** 31)
      throw dataError(
        array.shown,
        `label ${label} of image ${index} (byte ${header.start + index * header.bytes}) is no whole number from 0`,
        'Number the classes from 0.',
      )
    labels[index++] = label
  }
  return labels
}
