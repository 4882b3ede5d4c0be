import { plural } from '../../units.ts'

/** Tells of records that somebody has put among those of a sweep: nothing is done with them. */
export class Strays {
  private readonly out: string
  private readonly tell: (line: string) => void
  private readonly told = new Set<string>()

  constructor(out: string, tell: (line: string) => void) {
    this.out = out
    this.tell = tell
  }

  look(keys: readonly string[]): void {
    const [first, ...others] = keys.filter((key) => !this.told.has(key))
    if (first === undefined) return
    const more = others.length === 0 ? '' : `, and ${plural(others.length, 'other')},`
    for (const key of keys) this.told.add(key)
    this.tell(
      `the record ${first}${more} on the server is of no run of this sweep: it is left alone; hebb sweep --withdraw --out ${this.out} removes it`,
    )
  }
}
