/** Looking things up where a miss is a bug of the compiler, not a case: nothing stands in for what is not there. */

/** @throws Error where a list has no such item. */
export function at<T>(list: ArrayLike<T>, index: number): T {
  const item = list[index]
  if (item === undefined) throw new Error(`there is no item ${index} of ${list.length}`)
  return item
}

/** Items of two lists side by side. @throws Error where one is longer. */
export function zip<A, B>(left: readonly A[], right: readonly B[]): readonly (readonly [A, B])[] {
  if (left.length !== right.length) throw new Error(`${left.length} items meet ${right.length}`)
  return left.map((a, i) => [a, at(right, i)] as const)
}

/** @throws Error that says what was looked for where it is not there. */
export function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} is not known`)
  return value
}

/** @throws Error that says what was looked for where a map does not have it. */
export const found = <Key, T>(map: ReadonlyMap<Key, T>, key: Key, what: string): T =>
  present(map.get(key), what)

/** How many of a kind were counted so far: none where nobody has counted any. */
export const counted = <Key>(counts: ReadonlyMap<Key, number>, key: Key): number => counts.get(key) ?? 0
