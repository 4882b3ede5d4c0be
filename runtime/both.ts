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
  if (first.status === 'fulfilled' && second.status === 'fulfilled') return [first.value, second.value]
  if (first.status === 'fulfilled') await first.value.release()
  if (second.status === 'fulfilled') await second.value.release()
  throw first.status === 'rejected' ? first.reason : second.status === 'rejected' ? second.reason : undefined
}
