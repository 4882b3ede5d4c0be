/** Looking things up where a miss is a bug of the compiler, not a case: nothing stands in for what is not there. */

/** @throws Error where a list has no such item. */
export function at<T>(list: readonly T[], index: number): T {
  const item = list[index]
  if (item === undefined) throw new Error(`there is no item ${index} of ${list.length}`)
  return item
}

/** Items of two lists side by side. @throws Error where one is longer. */
export function zip<A, B>(left: readonly A[], right: readonly B[]): readonly (readonly [A, B])[] {
  if (left.length !== right.length) throw new Error(`${left.length} items meet ${right.length}`)
  return left.map((a, i) => [a, at(right, i)] as const)
}

/** @throws Error that says what was looked for where a map does not have it. */
export function found<Key, T>(map: ReadonlyMap<Key, T>, key: Key, what: string): T {
  const value = map.get(key)
  if (value === undefined) throw new Error(`${what} is not known`)
  return value
}
