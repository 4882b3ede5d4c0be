import { at } from '../base/lists.ts'
import { bytesPerElement, onnxTypes, type DType } from '../base/dtype.ts'
import { halfBits } from './half.ts'
import { attributeTypes, type AttributeProto, type ValueInfo } from './proto.ts'
import type { Type } from '../base/type.ts'
import type { OnnxAttribute } from '../ir/emitter.ts'

/** Types, attributes and numbers as parts of a protobuf. */

/** A first axis whose length each run chooses: steps that are stacked, or images. */
export type FreeAxis = 'steps' | 'batch'

/** @param first a further axis before those of the type */
export function valueInfo(name: string, { dtype, shape }: Type, first?: FreeAxis): ValueInfo {
  const sizes = shape.map((size) => ({ dimValue: size }))
  const dim = first === undefined ? sizes : [{ dimParam: first }, ...sizes]
  return { name, type: { tensorType: { elemType: onnxTypes[dtype], shape: { dim } } } }
}

export function attribute(name: string, value: OnnxAttribute): AttributeProto {
  if (typeof value === 'number') return { name, type: attributeTypes.INT, i: value }
  if (typeof value === 'string')
    return { name, type: attributeTypes.STRING, s: new TextEncoder().encode(value) }
  if ('float' in value) return { name, type: attributeTypes.FLOAT, f: value.float }
  if ('dtype' in value) {
    const t = { dataType: onnxTypes[value.dtype], dims: [1], rawData: rawData(value.dtype, [value.fill]) }
    return { name, type: attributeTypes.TENSOR, t }
  }
  return { name, type: attributeTypes.INTS, ints: [...value] }
}

/** Little-endian bytes, as ONNX stores raw data. */
export function rawData(dtype: DType, values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(values.length * bytesPerElement[dtype])
  const view = new DataView(bytes.buffer)
  const size = bytesPerElement[dtype]
  for (let i = 0; i < values.length; i++) {
    const value = at(values, i)
    if (dtype === 'float64') view.setFloat64(i * size, value, true)
    else if (dtype === 'float32') view.setFloat32(i * size, value, true)
    else if (dtype === 'int64') view.setBigInt64(i * size, BigInt(value), true)
    else if (dtype === 'float16') view.setUint16(i * size, halfBits(value), true)
    else view.setUint8(i, value)
  }
  return bytes
}
