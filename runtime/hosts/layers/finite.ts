import { typedArray } from '../../values/tensor.ts'
import type { DType } from '../../../src/base/dtype.ts'

/** An element that is NaN or infinite. */
export interface NotFinite {
  readonly place: number
  readonly value: string
}

/** Of each type of floats: the words that hold exponent and sign, how many an element has, and which bits are all set. */
const exponents = {
  float16: { words: Uint16Array, each: 1, mask: 0x7c00 },
  float32: { words: Uint32Array, each: 1, mask: 0x7f800000 },
  float64: { words: Uint32Array, each: 2, mask: 0x7ff00000 },
} as const

/** The first of them in the bytes of a tensor, little-endian; undefined where there is none. */
export function firstNotFinite(type: DType, bytes: Uint8Array): NotFinite | undefined {
  if (type !== 'float16' && type !== 'float32' && type !== 'float64') return undefined
  const { words, each, mask } = exponents[type]
  const { buffer, byteOffset, length } = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice()
  const data = new words(buffer, byteOffset, length / words.BYTES_PER_ELEMENT)
  for (let i = each - 1; i < data.length; i += each)
    if (((data[i] ?? 0) & mask) === mask) {
      const place = (i - (each - 1)) / each
      const value = new typedArray[type](buffer, byteOffset, length / typedArray[type].BYTES_PER_ELEMENT)[place]
      return { place, value: type === 'float16' ? 'NaN or infinity' : String(value) }
    }
  return undefined
}
