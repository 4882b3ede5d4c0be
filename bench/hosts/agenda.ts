interface Entry {
  readonly time: number
  readonly act: () => void
}

/** What is to happen when, in a simulated time: a binary heap, the earliest first. */
export class Agenda {
  /** The simulated time, in seconds. */
  now = 0
  private readonly heap: Entry[] = []

  at(time: number, act: () => void): void {
    const { heap } = this
    const entry = { time, act }
    let place = heap.length
    heap.push(entry)
    while (place > 0) {
      const above = (place - 1) >> 1
      const other = heap[above]
      if (!other || other.time <= time) break
      heap[place] = other
      place = above
    }
    heap[place] = entry
  }

  /** All that happens before that time, and what comes of it. */
  runUntil(end: number): void {
    for (let next = this.heap[0]; next && next.time <= end; next = this.heap[0]) {
      this.removeFirst()
      this.now = next.time
      next.act()
    }
    this.now = end
  }

  private removeFirst(): void {
    const { heap } = this
    const last = heap.pop()
    if (!last || heap.length === 0) return
    let place = 0
    for (;;) {
      let below = 2 * place + 1
      const [left, right] = [heap[below], heap[below + 1]]
      if (left && right && right.time < left.time) below++
      const smaller = heap[below]
      if (!smaller || smaller.time >= last.time) break
      heap[place] = smaller
      place = below
    }
    heap[place] = last
  }
}
