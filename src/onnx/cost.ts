import { elements, type Type } from '../base/type.ts'

const free = new Set(['Reshape', 'Identity', 'Constant', 'ConstantOfShape', 'Squeeze', 'Unsqueeze', 'Shape'])
const moves = new Set([
  'Transpose',
  'Slice',
  'Concat',
  'Pad',
  'Gather',
  'Expand',
  'Cast',
  'ScatterElements',
  'ScatterND',
])

/** Floating-point operations of one ONNX node (a multiply and an add are two); moving data counts as none. */
export function flops(operator: string, inputs: readonly Type[], result: Type, transposedA = false): number {
  const [first, second] = inputs
  const out = elements(result.shape)
  if (free.has(operator) || moves.has(operator)) return 0
  if ((operator === 'MatMul' || operator === 'Gemm') && first)
    return 2 * out * (first.shape.at(operator === 'Gemm' && transposedA ? -2 : -1) ?? 1)
  if (operator === 'Conv' && second) return 2 * out * elements(second.shape.slice(1))
  if (operator === 'ConvTranspose' && first && second)
    return 2 * elements(first.shape) * elements(second.shape.slice(1))
  if ((operator.startsWith('Reduce') || operator.endsWith('Pool')) && first) return elements(first.shape)
  return out
}
