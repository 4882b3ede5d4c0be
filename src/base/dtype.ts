/** Element types, named as everywhere but in protobuf. float16 is that of products in mixed precision. */
export const dtypes = ['float16', 'float32', 'float64', 'int64', 'uint8', 'bool'] as const
export type DType = (typeof dtypes)[number]

export const bytesPerElement: Readonly<Record<DType, number>> = {
  float16: 2,
  float32: 4,
  float64: 8,
  int64: 8,
  uint8: 1,
  bool: 1,
}

export const isFloat = (dtype: DType): boolean => dtype.startsWith('float')

/** ONNX's numbers for element types (TensorProto.DataType). */
export const onnxTypes: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
}

const byCode: ReadonlyMap<number, DType> = new Map(dtypes.map((dtype) => [onnxTypes[dtype], dtype]))

/** The element type of a number of ONNX's; undefined of those that are none of ours. */
export const dtypeOfCode = (code: number): DType | undefined => byCode.get(code)
