import { platform } from '#platform'
import { typedArray, bytesPerElement, elements, type HostTensor } from './tensor.ts'
import type { DType } from '../../src/base/dtype.ts'

/** A new tensor of any content, for what is written as a whole before it is read. */
export const allocateUnfilled = (type: DType, shape: readonly number[]): HostTensor => {
  const buffer = platform.sessions.room(elements(shape) * bytesPerElement[type])
  return { type, shape, data: new typedArray[type](buffer) }
}
