/** How numpy writes an array: a header of text, then its numbers. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */

export const npyTypes = { float32: '<f4', int64: '<i8' } as const
export type NpyType = keyof typeof npyTypes

const MAGIC = '\x93NUMPY\x01\x00'
/** The numbers begin at a multiple of this. */
const ALIGNED = 64

/** The header of an array in row-major order. */
export function npyHeader(type: NpyType, shape: readonly number[]): Uint8Array {
  const sizes = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`
  const text = `{'descr': '${npyTypes[type]}', 'fortran_order': False, 'shape': ${sizes}, }`
  const start = MAGIC.length + 2
  const length = Math.ceil((start + text.length + 1) / ALIGNED) * ALIGNED - start
  const bytes = Buffer.alloc(start + length, ' ')
  bytes.write(MAGIC, 'latin1')
  bytes.writeUInt16LE(length, MAGIC.length)
  bytes.write(text, start, 'latin1')
  bytes.write('\n', bytes.length - 1)
  return bytes
}
