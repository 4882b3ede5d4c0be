/** What this process must give back should it end before its work does: locks, and files that are not whole. */

const held = new Set<() => void>()
let tell: (isHolding: boolean) => void = () => undefined

/** Somebody hears whether anything is held, from now on. */
export function onHolding(listener: (isHolding: boolean) => void): void {
  tell = listener
}

/** @returns lets go of it: it was given back, or is no longer ours */
export function hold(giveBack: () => void): () => void {
  held.add(giveBack)
  if (held.size === 1) tell(true)
  return () => {
    if (held.delete(giveBack) && held.size === 0) tell(false)
  }
}

/** Gives all back, what was taken last at first. For who ends the process then. */
export function giveAllBack(): void {
  for (const giveBack of [...held].toReversed())
    try {
      giveBack()
    } catch {
      // The next process takes over what it finds of one that has ended.
    }
}
