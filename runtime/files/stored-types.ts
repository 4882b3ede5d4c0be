import type { DType } from '../../src/base/dtype.ts'

/** Types of tensors in files: our own, and one more that weights of others may have; no graph computes in it. */
export type StoredType = DType | 'bfloat16'

/** How the header of a safetensors file names types. */
export const codes: Readonly<Record<DType, string>> = {
  float16: 'F16',
  float32: 'F32',
  float64: 'F64',
  int64: 'I64',
  uint8: 'U8',
  bool: 'BOOL',
}
/** Of what we write ourselves. */
export const types = new Map<string, DType>(
  Object.keys(codes)
    .filter((type): type is DType => type in codes)
    .map((type) => [codes[type], type]),
)
/** Of weights that others wrote. */
export const storedTypes = new Map<string, StoredType>([...types, ['BF16', 'bfloat16']])
