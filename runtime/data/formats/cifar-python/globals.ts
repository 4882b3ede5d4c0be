import { shown } from '../../../../src/base/file-error.ts'

/** What pickles of NumPy arrays name, made here; nothing else is. */

/** Which numbers an array holds. */
class NumberType {
  readonly code: string

  constructor(code: string) {
    this.code = code
  }

  /** Byte order and fields, of which single bytes have none. */
  readonly __setstate__ = (): void => undefined
}

const MOST_AXES = 8

/** An array of bytes. A pickle may set it as often as it likes: only what is asked for is put into order. */
export class ByteArray {
  shape: readonly number[] = []
  private stored: Uint8Array | string = ''
  private isByColumns = false

  /** Row by row. */
  get values(): Uint8Array {
    const bytes =
      typeof this.stored === 'string' ? Uint8Array.from(Buffer.from(this.stored, 'latin1')) : this.stored
    return this.isByColumns ? byRows(bytes, this.shape) : bytes
  }

  readonly __setstate__ = (state: unknown): void => {
    const [, shape, type, isFortran, values] = Array.isArray(state) ? (state as unknown[]) : []
    if (!Array.isArray(shape) || shape.length > MOST_AXES || !shape.every(isSize))
      throw new Error('an array without a shape')
    if (!(type instanceof NumberType) || !['u1', 'B', '|u1'].includes(type.code))
      throw new Error('an array of other numbers than bytes')
    // Of text, each character is a byte.
    if (!(values instanceof Uint8Array) && typeof values !== 'string')
      throw new Error('an array without values')
    const needed = shape.reduce((product, size) => product * size, 1)
    if (needed !== values.length)
      throw new Error(`an array of ${shape.join(' × ')} with ${values.length} bytes`)
    if (isFortran === true && shape.length !== 2) throw new Error('an array by columns that has not two axes')
    this.shape = shape
    this.stored = values
    this.isByColumns = isFortran === true
  }
}

const isSize = (size: unknown): size is number => Number.isSafeInteger(size) && Number(size) >= 0

/** Of two axes that are stored column by column. */
function byRows(bytes: Uint8Array, [rows = 0, columns = 0]: readonly number[]): Uint8Array {
  // Of nothing there may be any number of rows.
  if (bytes.length === 0) return bytes
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
