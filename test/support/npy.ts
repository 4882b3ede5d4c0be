import { ZipFile } from 'yazl'

/** Arrays as NumPy writes them. */

export interface NpyOptions {
  readonly version?: number
  readonly fortran?: boolean
  /** In place of the dictionary. */
  readonly header?: string
}

/** A file of one array: its type as NumPy has it (`<f4`), its shape, its bytes. */
export function npy(
  descr: string,
  shape: readonly number[],
  values: Uint8Array,
  { version = 1, fortran = false, header }: NpyOptions = {},
): Buffer {
  const sizes = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`
  const order = fortran ? 'True' : 'False'
  const text = header ?? `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${sizes}, }`
  const before = version === 1 ? 10 : 12
  const length = Math.ceil((before + text.length + 1) / 64) * 64 - before
  const start = Buffer.alloc(before + length, ' ')
  start.write('\x93NUMPY', 'latin1')
  start[6] = version
  start[7] = 0
  if (version === 1) start.writeUInt16LE(length, 8)
  else start.writeUInt32LE(length, 8)
  start.write(text, before)
  start.write('\n', start.length - 1)
  return Buffer.concat([start, values])
}

export const bytesOf = (values: ArrayBufferView): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

export const bytesNpy = (shape: readonly number[], values: ArrayLike<number>): Buffer =>
  npy('|u1', shape, Uint8Array.from(values))
export const labelsNpy = (...labels: readonly number[]): Buffer =>
  npy('<i8', [labels.length], bytesOf(BigInt64Array.from(labels, BigInt)))

/** Counts up from a number: values of which none can be taken for another one. */
export const counting = (length: number, from = 0): number[] =>
  Array.from({ length }, (_, i) => (from + i) % 251)

/** As `numpy.savez` has them, or `savez_compressed`. */
export async function npz(
  arrays: Readonly<Record<string, Uint8Array>>,
  { compress = false } = {},
): Promise<Buffer> {
  const zip = new ZipFile()
  for (const [name, bytes] of Object.entries(arrays))
    zip.addBuffer(Buffer.from(bytes), `${name}.npy`, { compress })
  zip.end()
  const parts: Buffer[] = []
  for await (const part of zip.outputStream) parts.push(Buffer.from(part))
  return Buffer.concat(parts)
}
