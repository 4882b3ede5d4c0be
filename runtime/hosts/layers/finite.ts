import { bytesOf, type HostTensor } from '../../values/tensor.ts'

/** An element that is NaN or infinite. */
export interface NotFinite {
  readonly place: number
  readonly value: string
}

/** Of each type of floats: how many words an element has, of which the last has the exponent, and the bits of that. */
const exponents = {
  float16: { size: 2, words: 1, mask: 0x7c00 },
  float32: { size: 4, words: 1, mask: 0x7f800000 },
  float64: { size: 4, words: 2, mask: 0x7ff00000 },
} as const

/** The first of them, where bits of the exponent are all set; undefined where there is none. */
export function firstNotFinite({ type, data }: Pick<HostTensor, 'type' | 'data'>): NotFinite | undefined {
  if (type !== 'float16' && type !== 'float32' && type !== 'float64') return undefined
  const { size, words, mask } = exponents[type]
  const { buffer, byteOffset, byteLength } = bytesOf(data)
  const bits =
    size === 2
      ? new Uint16Array(buffer, byteOffset, byteLength / size)
      : new Uint32Array(buffer, byteOffset, byteLength / size)
  for (let i = words - 1; i < bits.length; i += words)
    if ((Number(bits[i]) & mask) === mask) {
      const place = (i + 1) / words - 1
      return { place, value: type === 'float16' ? 'NaN or infinity' : String(data[place]) }
    }
  return undefined
}
