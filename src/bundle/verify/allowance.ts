import { TooMuch } from './refused.ts'
import { ofBundle, ofGraph, type Amounts } from './limits.ts'

/** Counts what is read of a graph, and so of the bundle that it belongs to, before anything is kept of it. */
export class Allowance {
  private readonly what: string
  private readonly most: Amounts
  private readonly within: Allowance | undefined
  private readonly taken = { fields: 0, nodes: 0, constants: 0, types: 0 }

  private constructor(what: string, most: Amounts, within?: Allowance) {
    this.what = what
    this.most = most
    this.within = within
  }

  static ofBundle(): Allowance {
    return new Allowance('with the graphs before it, it', ofBundle)
  }

  /** @param bundle of the bundle that it is one of, where more than this graph is looked at */
  static ofGraph(bundle?: Allowance): Allowance {
    return new Allowance('it', ofGraph, bundle)
  }

  /** @throws TooMuch where there are more than any graph, or any bundle, of ours has */
  take(kind: keyof Amounts): void {
    if (++this.taken[kind] > this.most[kind])
      throw new TooMuch(`${this.what} has more than ${this.most[kind]} ${kind}`)
    this.within?.take(kind)
  }
}
