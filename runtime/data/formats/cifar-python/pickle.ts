import { BufferReader, Parser } from 'pickleparser'
import { shown } from '../../../../src/base/file-error.ts'
import { dataError } from '../../read.ts'
import { globals } from './globals.ts'

/**
 * What plain data are made of, and arrays. A pickle is a program: what is left out here calls, builds or imports, or makes
 * a key of a list that holds itself many times over.
 */
const allowed = new Set([
  ...Array.from('.()]}tasuelNGIJKMTUXBCqrhjcRb', (letter) => letter.charCodeAt(0)),
  // Protocols from 2: PROTO, TUPLE1 to 3, NEWTRUE, NEWFALSE, LONG1, and of 4 and 5: text, bytes, globals, memos, frames.
  ...[0x80, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x8d, 0x8e, 0x93, 0x94, 0x95, 0x96],
])

/** Ten times what 50,000 images, their names and labels take. Each op may make an object. */
const MOST_OPS = 2_000_000

/** Knows where it is, which ops it may meet, and keeps the bytes of Python 2's strings, one to a character. */
class Reader extends BufferReader {
  private readonly bytesRead: Uint8Array
  private ops = 0

  constructor(bytes: Uint8Array) {
    super(bytes)
    this.bytesRead = bytes
  }

  /** Asked before each op. */
  override hasNext(): boolean {
    const op = this.bytesRead[this.position]
    if (op !== undefined && !allowed.has(op)) throw new Error(`op 0x${op.toString(16)} is none of plain data`)
    if (++this.ops > MOST_OPS) throw new Error(`it takes more than ${MOST_OPS} ops`)
    return op !== undefined
  }

  override string(size: number, encoding: 'ascii' | 'utf-8'): string {
    if (encoding === 'utf-8') return super.string(size, encoding)
    const bytes = this.bytes(size)
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  }

  override uint64(): number {
    const [low, high] = [this.uint32(), this.uint32()]
    if (high > 0) throw new Error('a length of more than 32 bits')
    return low
  }
}

/**
 * The value of a pickle of plain data: text and bytes of Python 2 are strings with one character a byte, dictionaries are
 * Maps, arrays of bytes are `ByteArray`s. Nothing that it names is called but what makes these.
 *
 * @throws UserError ('DataError') where it is something else or damaged, with the byte
 */
export function readPickle(bytes: Uint8Array, path: string): unknown {
  const reader = new Reader(bytes)
  const parser = new Parser({
    unpicklingTypeOfDictionary: 'Map',
    unpicklingTypeOfSet: 'array',
    nameResolver: { resolve: globals },
  })
  try {
    return parser.read<unknown>(reader)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw dataError(
      path,
      `is no pickle of a batch of CIFAR: ${shown(reason)} (at byte ${Math.min(reader.position, bytes.length)})`,
    )
  }
}
