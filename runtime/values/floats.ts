import type { StoredType } from '../files/stored-types.ts'
import { allocate, type HostTensor, type TypedData } from './tensor.ts'

/** Floating-point numbers in one type as those of another. */

export type FloatType = 'float16' | 'bfloat16' | 'float32' | 'float64'

export const isFloatType = (type: StoredType): type is FloatType =>
  type === 'bfloat16' || type.startsWith('float')

/** Memory for the bits of tensors in a file: those of bfloat16, which no graph computes in, as of float16. */
export const allocateStored = (type: StoredType, shape: readonly number[]): HostTensor =>
  allocate(type === 'bfloat16' ? 'float16' : type, shape)

/** The number whose float16 these bits are. */
export function halfOf(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  if (exponent === 0) return sign * fraction * 2 ** -24
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

const word = new Uint32Array(1)
const asFloat = new Float32Array(word.buffer)

/** The number whose bfloat16 these bits are: the upper half of a float32. */
export function bfloatOf(bits: number): number {
  word[0] = bits << 16
  const [value = NaN] = asFloat
  return value
}

/** Numbers of one type as numbers of another, each rounded to the nearest. */
export function convert(from: TypedData, type: FloatType, to: Float32Array | Float64Array): void {
  if (from.length !== to.length) throw new Error(`${from.length} numbers do not fill ${to.length}`)
  const read = type === 'float16' ? halfOf : type === 'bfloat16' ? bfloatOf : (value: number) => value
  for (const [i, value] of from.entries()) to[i] = read(Number(value))
}
