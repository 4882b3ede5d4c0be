import { shown } from '../../../../src/base/file-error.ts'

/** What pickles of NumPy arrays name, made here; nothing else is. */

/** One character a byte. */
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))

/** Which numbers an array holds. */
class NumberType {
  readonly code: string

  constructor(code: string) {
    this.code = code
  }

  /** Byte order and fields, of which single bytes have none. */
  readonly __setstate__ = (): void => undefined
}

/** An array of bytes, row by row. */
export class ByteArray {
  shape: readonly number[] = []
  values: Uint8Array = new Uint8Array()

  readonly __setstate__ = (state: unknown): void => {
    const [, shape, type, isFortran, values] = Array.isArray(state) ? (state as unknown[]) : []
    if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size)))
      throw new Error('an array without a shape')
    if (!(type instanceof NumberType) || !['u1', 'B', '|u1'].includes(type.code))
      throw new Error('an array of other numbers than bytes')
    const bytes = typeof values === 'string' ? bytesOf(values) : values
    if (!(bytes instanceof Uint8Array)) throw new Error('an array without values')
    this.shape = shape as number[]
    const needed = this.shape.reduce((product, size) => product * size, 1)
    if (needed !== bytes.length)
      throw new Error(`an array of ${this.shape.join(' × ')} with ${bytes.length} bytes`)
    this.values = isFortran === true ? byRows(bytes, this.shape) : bytes
  }
}

/** Of two axes that are stored column by column. */
function byRows(bytes: Uint8Array, shape: readonly number[]): Uint8Array {
  const [rows, columns] = shape
  if (rows === undefined || columns === undefined || shape.length !== 2)
    throw new Error('an array by columns that has not two axes')
  const found = new Uint8Array(bytes.length)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      found[row * columns + column] = bytes[column * rows + row] ?? NaN
  return found
}

type Called = (...given: unknown[]) => unknown

const refuseCall: Called = () => {
  throw new Error('an array that is made in another way than NumPy pickles it')
}

const known: ReadonlyMap<string, Called> = new Map<string, Called>([
  ['numpy ndarray', refuseCall],
  ['numpy dtype', (code) => new NumberType(typeof code === 'string' ? code : '')],
  ...['numpy.core.multiarray', 'numpy._core.multiarray'].map((module): [string, Called] => [
    `${module} _reconstruct`,
    () => new ByteArray(),
  ]),
  // How protocol 5 writes them.
  ...['numpy.core.numeric', 'numpy._core.numeric'].map((module): [string, Called] => [
    `${module} _frombuffer`,
    (values, type, shape, order) => {
      const array = new ByteArray()
      array.__setstate__([1, shape, type, order === 'F', values])
      return array
    },
  ]),
  // How Python 3 writes bytes for Python 2. They stay text with one character a byte.
  ['_codecs encode', (text) => (typeof text === 'string' ? text : '')],
])

/** @throws Error for what is not known, whatever it is */
export function globals(module: unknown, name: unknown): Called {
  const asked = typeof module === 'string' && typeof name === 'string' ? `${module} ${name}` : ''
  const found = known.get(asked)
  if (found) return found
  throw new Error(`it asks for '${shown(asked.replace(' ', '.'))}', which is not plain data`)
}
