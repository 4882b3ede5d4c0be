import { elements } from '../src/ir/type.ts'
import type { DType } from '../src/onnx/manifest.ts'

/** Elements in row-major order. float16 is kept as its bits in a Uint16Array, bool as bytes 0 and 1. */
export type TypedData = Float32Array | Float64Array | BigInt64Array | Uint8Array | Uint16Array

/** A tensor in the memory of this process; `data` holds `elements(shape)` elements. */
export interface HostTensor {
  readonly type: DType
  readonly shape: readonly number[]
  readonly data: TypedData
}

export { bytesPerElement } from '../src/ir/dtype.ts'
export { elements }

const zeros: Readonly<Record<DType, (length: number) => TypedData>> = {
  float16: (length) => new Uint16Array(length),
  float32: (length) => new Float32Array(length),
  float64: (length) => new Float64Array(length),
  int64: (length) => new BigInt64Array(length),
  uint8: (length) => new Uint8Array(length),
  bool: (length) => new Uint8Array(length),
}

/** A new tensor of zeros. */
export const allocate = (type: DType, shape: readonly number[]): HostTensor => ({
  type,
  shape,
  data: zeros[type](elements(shape)),
})

/** The same memory, seen as bytes. */
export const bytesOf = (data: TypedData): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/** Copies elements of one type; both are of one size. */
export function copy(from: TypedData, to: TypedData): void {
  if (from.constructor !== to.constructor || from.length !== to.length)
    throw new Error(
      `${from.length} elements of ${from.constructor.name} do not fit ${to.length} of ${to.constructor.name}`,
    )
  bytesOf(to).set(bytesOf(from))
}
