import { at } from '../../base/lists.ts'
import { LONGEST_TEXT } from './limits.ts'
import { Refused } from './refused.ts'
import type { Allowance } from './allowance.ts'

/**
 * Protobuf as our compiler writes it, and no other: readers differ in what they make of a field that stands twice, of one
 * that they do not know, or of a number that is longer than it need be. Here all of these are refused, so that what was
 * checked is what onnxruntime reads.
 */

const [VARINT, LENGTH, FIXED32] = [0, 2, 5] as const

/** Where a message lies in a file, and how much of the file may still be looked at. */
export class Span {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  readonly allowance: Allowance

  constructor(bytes: Uint8Array, allowance: Allowance, start = 0, end = bytes.length) {
    this.bytes = bytes
    this.allowance = allowance
    this.start = start
    this.end = end
  }

  part(start: number, end: number): Span {
    return new Span(this.bytes, this.allowance, start, end)
  }
}

/** One field of a message: its number was read, its value is asked for by the type that it must have. */
export class Field {
  private readonly span: Span
  private readonly type: number
  private readonly message: string
  readonly number: number
  /** Where its number stands. */
  readonly place: number
  /** Where its value begins. */
  private readonly from: number
  /** Where the next field begins. */
  readonly end: number
  /** Of a varint. */
  private readonly value: number

  constructor(span: Span, place: number, message: string) {
    this.span = span
    this.place = place
    this.message = message
    const [tag, afterTag] = this.varint(place)
    this.number = Math.floor(tag / 8)
    this.type = tag % 8
    if (this.type === VARINT) [this.value, this.end] = this.varint((this.from = afterTag))
    else if (this.type === FIXED32) [this.value, this.from, this.end] = [0, afterTag, afterTag + 4]
    else if (this.type === LENGTH) {
      const [length, from] = this.varint(afterTag)
      ;[this.value, this.from, this.end] = [length, from, from + length]
    } else throw this.refuse(`is of wire type ${this.type}`)
    if (this.end > span.end) throw this.refuse(`goes on to byte ${this.end}, and ends at ${span.end}`)
  }

  refuse(problem: string): Refused {
    return new Refused(`field ${this.number} of ${this.message}, at byte ${this.place}, ${problem}`)
  }

  /** Not negative, and no larger than a number of JavaScript tells exactly. */
  whole(): number {
    if (this.type !== VARINT) throw this.refuse('is not a whole number')
    return this.value
  }

  /** One number, or those of a list that is written in one piece, at most so many. */
  wholes(most: number): readonly number[] {
    if (this.type === VARINT) return [this.value]
    const list: number[] = []
    for (let place = this.part().start; place < this.end;) {
      this.span.allowance.take('fields')
      if (list.length === most) throw this.refuse(`lists more than ${most} numbers`)
      const [value, end] = this.varint(place)
      if (end > this.end) throw this.refuse('is a list that is cut short')
      list.push(value)
      place = end
    }
    return list
  }

  part(): Span {
    if (this.type !== LENGTH) throw this.refuse('is not a message')
    return this.span.part(this.from, this.end)
  }

  raw(): Uint8Array {
    const { bytes, start, end } = this.part()
    return bytes.subarray(start, end)
  }

  text(): string {
    const raw = this.raw()
    if (raw.length > LONGEST_TEXT) throw this.refuse(`is a text of ${raw.length} bytes`)
    try {
      return utf8.decode(raw)
    } catch {
      throw this.refuse('is not text in UTF-8')
    }
  }

  float(): number {
    if (this.type !== FIXED32) throw this.refuse('is not a float')
    const { bytes } = this.span
    return new DataView(bytes.buffer, bytes.byteOffset + this.from, 4).getFloat32(0, true)
  }

  /** In as few bytes as it needs. */
  private varint(start: number): [value: number, end: number] {
    const { bytes, end } = this.span
    let value = 0
    for (let i = start, factor = 1; ; i++, factor *= 128) {
      if (i >= end) throw new Refused(`${this.message} is cut short at byte ${end}`)
      const byte = at(bytes, i)
      value += (byte & 127) * factor
      if (!Number.isSafeInteger(value))
        throw new Refused(`a number of ${this.message}, at byte ${start}, is negative or more than 2 ** 53`)
      if (byte >= 128) continue
      if (byte === 0 && i > start)
        throw new Refused(`a number of ${this.message}, at byte ${start}, is longer than it need be`)
      return [value, i + 1]
    }
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What a field means: `into` is what is read, as far as it is known. */
export type Take<Into> = (field: Field, into: Into) => void

/** What may stand in a kind of message, by the numbers of its fields: made once, since messages are many. */
export interface Fields<Into> {
  /** As a reader of an error would call it: `a node`. */
  readonly message: string
  readonly once?: Readonly<Record<number, Take<Into>>>
  readonly many?: Readonly<Record<number, Take<Into>>>
  /** Why fields are refused that the compiler never writes, where more is to be said than that. */
  readonly never?: Readonly<Record<number, string>>
}

/** Reads a message, field by field. @throws Refused where anything in it is not as the compiler writes it */
export function readFields<Into>(span: Span, { message, once, many, never }: Fields<Into>, into: Into): void {
  /** Numbers of fields that have been there, as bits: all that are known are below 32. */
  let seen = 0
  for (let place = span.start; place < span.end;) {
    span.allowance.take('fields')
    const field = new Field(span, place, message)
    const { number } = field
    const take = once?.[number]
    if (take) {
      if ((seen & (1 << number)) !== 0) throw field.refuse('stands there twice')
      seen |= 1 << number
      take(field, into)
    } else {
      const each = many?.[number]
      if (!each) throw field.refuse(never?.[number] ?? 'is not one that the compiler writes')
      each(field, into)
    }
    place = field.end
  }
}
