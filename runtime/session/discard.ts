/** Newer than the oldest Node that we run on: of 22, or of 20 with a flag. */
interface Transferable {
  readonly transfer?: (length: number) => ArrayBuffer
}

/**
 * Frees memory of tensors that nobody reads any more. Left to the garbage collector it piles up, and the next ones are
 * made in memory that is no longer in any cache.
 */
export function discard(tensors: Readonly<Record<string, { readonly data: object }>>): void {
  for (const { data } of Object.values(tensors)) {
    const buffer: (ArrayBuffer & Transferable) | undefined =
      'buffer' in data && data.buffer instanceof ArrayBuffer ? data.buffer : undefined
    // One that was handed over to another thread is empty here.
    if (buffer !== undefined && buffer.byteLength > 0) buffer.transfer?.(0)
  }
}
