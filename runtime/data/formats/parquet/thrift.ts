import { Varints } from './varints.ts'

/**
 * A look at what Parquet describes itself with (Thrift's compact protocol) before hyparquet reads it: hyparquet makes room
 * for as many items as a list announces, follows lists within lists to the end, and reads numbers of any length.
 */

/** More than Parquet nests: statistics of a column of a group are six deep, and types in a schema eight. */
const DEEPEST = 32
/** Bytes that a number of 64 bits takes at most. */
const LONG_NUMBER = 10
const LAST_FIELD = 2 ** 15 - 1
/** A million chunks of columns are described with less. What takes an object of its own counts more than a number. */
const MOST_VALUES = 2_000_000
const [NUMBER, OBJECT] = [1, 8]

const [STOP, TRUE, FALSE, BYTE, I16] = [0, 1, 2, 3, 4] as const
const [I64, DOUBLE, BINARY, LIST, STRUCT] = [6, 7, 8, 9, 12] as const
export const I32 = 5

/** Told of each value: its type, a number as it is written, the length of a text; the path has the numbers of the fields. */
export type See = (path: readonly number[], type: number, size: number) => void

class Walk extends Varints {
  private readonly see: See
  private readonly path: number[] = []
  private values = 0

  constructor(bytes: Uint8Array, see: See) {
    super(bytes)
    this.see = see
  }

  struct(depth: number): void {
    for (let field = 0; ;) {
      const head = this.byte()
      const type = head & 0x0f
      if (type === STOP) return
      const step = head >> 4
      // A number of its own is written twice as large, as it could be negative.
      field = step === 0 ? this.number() / 2 : field + step
      if (!Number.isInteger(field) || field > LAST_FIELD) throw new Error(`it has a field number ${field}`)
      this.path.push(field)
      this.value(type, depth)
      this.path.pop()
    }
  }

  private value(type: number, depth: number): void {
    if (depth > DEEPEST) throw new Error(`it nests more than ${DEEPEST} lists and structures`)
    this.values += type === BINARY || type === LIST || type === STRUCT ? OBJECT : NUMBER
    if (this.values > MOST_VALUES) throw new Error('it holds more than any table is described with')
    this.see(this.path, type, this.size(type))
    if (type === LIST) this.list(depth)
    if (type === STRUCT) this.struct(depth + 1)
  }

  /** Goes behind a value that holds no others. */
  private size(type: number): number {
    switch (type) {
      case TRUE:
      case FALSE:
      case LIST:
      case STRUCT:
        return 0
      case BYTE:
        return this.skip(1)
      case DOUBLE:
        return this.skip(8)
      case I16:
      case I32:
        return this.number()
      case I64:
        return this.number(LONG_NUMBER)
      case BINARY:
        return this.skip(this.number())
      default:
        throw new Error(`it holds a value of type ${type}`)
    }
  }

  private list(depth: number): void {
    const head = this.byte()
    const type = head & 0x0f
    const short = head >> 4
    const count = short === 15 ? this.number() : short
    // Every item takes a byte at least.
    this.requireBytes(count, `${count} items`)
    for (let i = 0; i < count; i++) this.value(type === TRUE || type === FALSE ? BYTE : type, depth + 1)
  }
}

/**
 * Walks over the structure at the beginning of some bytes, and makes nothing of it.
 *
 * @returns where it ends
 * @throws Error that says what is wrong: `it announces 33000000 items, and 8 bytes follow`
 */
export function requireSoundThrift(bytes: Uint8Array, see: See = () => undefined): number {
  const walk = new Walk(bytes, see)
  walk.struct(0)
  return walk.position
}
