/** Of a group: whom it was last heard of, when, and how often that one has answered. */
interface Heard {
  host: string | undefined
  at: number
  answered: number
}

interface Span {
  readonly since: number
  readonly until: number
}

/** Who is at which group, as groups say themselves; and for how long some of them were with nobody. */
export class Attendance {
  /** Groups that nobody had when the records were last looked at, by number. */
  readonly free = new Set<number>()
  private readonly heard: readonly Heard[]
  private readonly now: () => number
  /** Times without somebody that have ended since they were last asked about. */
  private alone: Span[] = []
  private asked: number

  constructor(groups: number, now = () => performance.now()) {
    this.now = now
    this.asked = now()
    this.heard = Array.from({ length: groups }, () => ({ host: undefined, at: now(), answered: 0 }))
  }

  /** Something came of a group. @param answer of one that says it is there: 0 where it has just begun */
  hear(group: number, host: string, answer?: number): void {
    const known = this.heard[group]
    if (!known) return
    const now = this.now()
    if (answer === 0) {
      this.alone.push({ since: known.at, until: now })
      known.answered = 0
    }
    known.host = host
    known.at = now
    known.answered = Math.max(known.answered, answer ?? 0)
  }

  /** Who was heard of last at a group, and when; undefined before anybody was. */
  last(group: number): { readonly host: string; readonly at: number } | undefined {
    const { host, at } = this.heard[group] ?? {}
    return host === undefined || at === undefined ? undefined : { host, at }
  }

  /** Groups of which nobody has answered to be there, of so many times that it was asked. */
  missing(asked: number): readonly number[] {
    return this.heard.flatMap(({ answered }, group) => (answered < asked ? [group] : []))
  }

  /** Milliseconds that some group was with nobody, until somebody had begun with it; since this was last asked. */
  waited(): number {
    let [from, sum] = [this.asked, 0]
    for (const { since, until } of this.alone.toSorted((a, b) => a.since - b.since)) {
      sum += Math.max(0, until - Math.max(since, from))
      from = Math.max(from, until)
    }
    this.alone = []
    this.asked = this.now()
    return sum
  }
}
