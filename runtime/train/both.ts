interface Releasable {
  readonly release: () => Promise<void>
}

/**
 * Waits for two things that are made at the same time. Where one cannot be made the other is released: a thread that
 * nobody stops keeps the process alive.
 */
export async function both<A extends Releasable, B extends Releasable>(
  a: Promise<A>,
  b: Promise<B>,
): Promise<readonly [A, B]> {
  const [first, second] = await Promise.allSettled([a, b])
  if (first.status === 'rejected' && second.status === 'fulfilled') await second.value.release()
  if (second.status === 'rejected' && first.status === 'fulfilled') await first.value.release()
  // Both are settled; this throws what the first of them to fail did.
  return [await a, await b]
}
