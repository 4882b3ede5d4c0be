/** Waits that a signal ends, of which any number may go on at once. */

/** Of a signal, what it ends: it is listened to once, for all of them. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>()

function endedBy(signal: AbortSignal): Set<() => void> {
  const known = waiting.get(signal)
  if (known) return known
  const all = new Set<() => void>()
  const endAll = () => {
    for (const end of all) end()
  }
  signal.addEventListener('abort', endAll, { once: true })
  waiting.set(signal, all)
  return all
}

/** @throws the signal's reason */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  const ends = signal && endedBy(signal)
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer)
      ends?.delete(end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    ends?.add(end)
  })
  signal?.throwIfAborted()
}
