import type { HostTensor } from '../../values/tensor.ts'

/** The memory to hand over to another thread rather than copy. */
export const buffersOf = (tensors: Readonly<Record<string, HostTensor>>): ArrayBuffer[] => [
  ...new Set(
    Object.values(tensors).flatMap(({ data: { buffer } }) => (buffer instanceof ArrayBuffer ? [buffer] : [])),
  ),
]
