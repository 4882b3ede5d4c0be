import { counted } from '../base/lists.ts'

/**
 * `conv1.weight`, and `conv1.weight2` where a layer has a second value of this name, of whatever kind; another number
 * where somebody has asked for a `weight2` already.
 */
export function numbered(): (wanted: string) => string {
  const counts = new Map<string, number>()
  const taken = new Set<string>()
  return (wanted) => {
    let count = counted(counts, wanted) + 1
    const named = () => (count === 1 ? wanted : `${wanted}${count}`)
    while (taken.has(named())) count++
    counts.set(wanted, count)
    taken.add(named())
    return named()
  }
}
