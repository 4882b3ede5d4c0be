import { isLabel, notALabel } from '../../label.ts'
import { dataError } from '../../read.ts'
import { inChunks } from '../../chunks.ts'
import { contentOf, type NpyArray } from './arrays.ts'
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

/** Bytes behind the header, so many at a time; the last ones may be fewer, and none are more than the array has. */
export const chunksOf = (array: NpyArray, { start }: NpyHeader, bytes: number): AsyncGenerator<Uint8Array> =>
  inChunks(contentOf(array), Math.min(bytes, array.length - start), start)

/** Numbers of one chunk. */
export function numbersOf(chunk: Uint8Array, header: NpyHeader): Float64Array {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  const read = reader(header)
  return Float64Array.from({ length: chunk.length / header.bytes }, (_, i) => read(view, i * header.bytes))
}

const LABELS_AT_ONCE = 4096

/** Labels [count] or [count, 1]: whole numbers from 0. @throws UserError ('DataError') where they are something else */
export async function labelsOfArray(array: NpyArray, header: NpyHeader, count: number): Promise<Uint32Array> {
  const [rows, ...rest] = header.shape
  const shape = `(${header.shape.join(', ')})`
  if (rows !== count || rest.some((axis) => axis !== 1))
    throw dataError(
      array.shown,
      `has the shape ${shape}, and there are ${count} rows`,
      'Give one label per row.',
    )
  const labels = new Uint32Array(count)
  let index = 0
  for await (const chunk of chunksOf(array, header, LABELS_AT_ONCE * header.bytes))
    for (const label of numbersOf(chunk, header)) {
      if (!isLabel(label))
        throw dataError(
          array.shown,
          `label ${label} of row ${index} (byte ${header.start + index * header.bytes}) is ${notALabel}`,
          'Number the classes from 0.',
        )
      labels[index++] = label
    }
  return labels
}
