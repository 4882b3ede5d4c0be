import type { Tensor } from 'onnxruntime-node'

/** Newer than the oldest Node that we run on: of 22, or of 20 with a flag. */
interface Transferable {
  readonly transfer?: (length: number) => ArrayBuffer
}

/**
 * Frees the copies that onnxruntime-node makes of outputs which were written where they are wanted. Left to the
 * garbage collector they pile up, and the next ones are made in memory that is no longer in any cache.
 */
export function discard(results: Readonly<Record<string, Tensor>>): void {
  for (const { data } of Object.values(results)) {
    const buffer: (ArrayBuffer & Transferable) | undefined =
      'buffer' in data && data.buffer instanceof ArrayBuffer ? data.buffer : undefined
    buffer?.transfer?.(0)
  }
}
