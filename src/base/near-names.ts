import { at } from './lists.ts'

/** The fewest single-letter changes that turn one word into the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (const [i, letter] of from.split('').entries()) {
    const next = [i + 1]
    for (const [j, other] of to.split('').entries()) {
      const [replace, remove, insert] = [at(row, j), at(row, j + 1), at(next, j)]
      next.push(Math.min(replace + (letter === other ? 0 : 1), remove + 1, insert + 1))
    }
    row = next
  }
  return at(row, to.length)
}

/** The names that `wanted` may have been meant to be, nearest first, at most three. */
export function nearNames(wanted: string, names: readonly string[]): string[] {
  const close = Math.max(1, Math.floor(wanted.length * 0.4))
  return names
    .map((name) => ({ name, distance: editDistance(wanted.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= close)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name)
}

/** `did you mean 'clapp'?`, or what there is to choose from where nothing is near. */
export function didYouMean(wanted: string, names: readonly string[]): string {
  const near = nearNames(wanted, names).map((name) => `'${name}'`)
  return near.length > 0 ? `did you mean ${near.join(' or ')}?` : `there are ${names.join(', ')}`
}
