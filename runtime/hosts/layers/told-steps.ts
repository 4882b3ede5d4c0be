/** Steps of a group that were told of: each counts once, in whatever order they come, and however often. */
export class ToldSteps {
  /** All before it were told of … */
  private next: number
  /** … and these of those after it: no more than groups may be apart. */
  private readonly beyond = new Set<number>()

  constructor(from: number) {
    this.next = from
  }

  /** So many steps were told of, without a gap. */
  get whole(): number {
    return this.next
  }

  /** Whether it was not told of before; from now on it was. */
  add(step: number): boolean {
    if (step < this.next || this.beyond.has(step)) return false
    this.beyond.add(step)
    while (this.beyond.delete(this.next)) this.next++
    return true
  }
}
