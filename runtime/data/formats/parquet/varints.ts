/** Bytes that a number of 32 bits takes at most. */
const SHORT_NUMBER = 5

/** Reads numbers of seven bits a byte, and no further than the bytes go. */
export class Varints {
  position = 0
  readonly view: DataView
  private readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** @throws Error where it is longer than that */
  number(longest = SHORT_NUMBER): number {
    let value = 0
    for (let at = 0; at < longest; at++) {
      const byte = this.byte()
      value += (byte & 0x7f) * 2 ** (7 * at)
      if (byte < 0x80) return value
    }
    throw new Error(`it holds a number of more than ${longest} bytes`)
  }

  byte(): number {
    const byte = this.bytes[this.position++]
    if (byte === undefined) throw new Error('it is cut short')
    return byte
  }

  skip(count: number): number {
    this.requireBytes(count, `${count} bytes`)
    this.position += count
    return count
  }

  requireBytes(count: number, what: string): void {
    const left = this.bytes.length - this.position
    if (count > left) throw new Error(`it announces ${what}, and ${Math.max(left, 0)} bytes follow`)
  }
}
