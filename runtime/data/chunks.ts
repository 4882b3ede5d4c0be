/**
 * Bytes in chunks of one size, whatever pieces they come in; the last one may be shorter.
 *
 * @param skip bytes that are left out at the beginning
 */
export async function* inChunks(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  size: number,
  skip = 0,
): AsyncGenerator<Uint8Array> {
  let chunk = new Uint8Array(size)
  let filled = 0
  let left = skip
  for await (const piece of pieces) {
    const skipped = Math.min(left, piece.length)
    left -= skipped
    for (let from = skipped; from < piece.length;) {
      const taken = Math.min(size - filled, piece.length - from)
      chunk.set(piece.subarray(from, from + taken), filled)
      filled += taken
      from += taken
      if (filled < size) continue
      yield chunk
      chunk = new Uint8Array(size)
      filled = 0
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled)
}
