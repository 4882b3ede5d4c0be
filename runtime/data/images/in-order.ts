import { at } from '../../../src/base/lists.ts'

/**
 * Does work on items, so many at a time, and gives the results in the order of the items, however long each takes: no
 * more than these are in memory. Where one fails, those that run are waited for, and no more are begun.
 */
export async function* inOrder<Item, Result>(
  items: readonly Item[],
  most: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const running: Promise<Result>[] = []
  let next = 0
  const begin = () => {
    const promise = work(at(items, next++))
    // It is awaited in its turn; failing earlier is no accident.
    promise.catch(() => undefined)
    running.push(promise)
  }
  try {
    for (;;) {
      while (running.length < most && next < items.length) begin()
      const first = running.shift()
      if (!first) return
      yield await first
    }
  } finally {
    await Promise.allSettled(running)
  }
}
