import { onnxruntime, type Tensor } from './onnxruntime.ts'
import type { HostTensor } from '../values/tensor.ts'

/** A tensor as onnxruntime takes it, of the same memory. */
export function wrap({ type, data, shape }: HostTensor): Tensor {
  const { Tensor } = onnxruntime()
  if (data instanceof BigInt64Array) return new Tensor('int64', data, shape)
  if (data instanceof Float64Array) return new Tensor('float64', data, shape)
  if (data instanceof Float32Array) return new Tensor('float32', data, shape)
  if (data instanceof Uint16Array) return new Tensor('float16', data, shape)
  return type === 'bool' ? new Tensor('bool', data, shape) : new Tensor('uint8', data, shape)
}
