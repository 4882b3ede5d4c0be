import { bytesPerElement } from '../../src/base/dtype.ts'
import { elements } from '../../src/base/type.ts'
import type { DType } from '../../src/base/dtype.ts'

/** Elements in row-major order. float16 is kept as its bits in a Uint16Array, bool as bytes 0 and 1. */
export type TypedData = Float32Array | Float64Array | BigInt64Array | Uint8Array | Uint16Array

/** A tensor in the memory of this process; `data` holds `elements(shape)` elements. */
export interface HostTensor {
  /** The type of its numbers. */
  readonly type: DType
  /** Sizes of its axes. */
  readonly shape: readonly number[]
  /** Its numbers, in row-major order. */
  readonly data: TypedData
}

export { bytesPerElement, elements }

/** The array that elements of a type lie in. */
export const typedArray = {
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} satisfies Record<DType, unknown>

/** A new tensor of zeros. */
export const allocate = (type: DType, shape: readonly number[]): HostTensor => ({
  type,
  shape,
  data: new typedArray[type](elements(shape)),
})

/** The same memory, seen as bytes. */
export const bytesOf = (data: ArrayBufferView): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/** Copies elements of one type; both are of one size. */
export function copy(from: TypedData, to: TypedData): void {
  if (from.constructor !== to.constructor || from.length !== to.length)
    throw new Error(
      `${from.length} elements of ${from.constructor.name} do not fit ${to.length} of ${to.constructor.name}`,
    )
  bytesOf(to).set(bytesOf(from))
}
