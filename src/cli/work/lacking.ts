/** So many names an entry of a worker has at most. */
const MOST_SHOWN = 50
/** So many are remembered: whoever publishes chooses the names. */
const MOST_KNOWN = 10_000

/** Names of data sets that a worker was asked for in vain, those of late last. */
export class Lacking {
  private readonly names = new Set<string>()

  /** @returns whether it was not known yet */
  add(name: string): boolean {
    const isNew = !this.names.delete(name)
    this.names.add(name)
    const [oldest] = this.names
    if (this.names.size > MOST_KNOWN && oldest !== undefined) this.names.delete(oldest)
    return isNew
  }

  /** It is here now. */
  remove(name: string): void {
    this.names.delete(name)
  }

  get last(): string[] {
    return [...this.names].slice(-MOST_SHOWN)
  }
}
