import { counted } from '../base/lists.ts'

/** Hands out names that are unique in one graph: `conv1/add`, `conv1/add_2`, … */
export class Names {
  private readonly used = new Map<string, number>()

  reserve(name: string): string {
    if (this.used.has(name)) throw new Error(`two tensors of a graph are called '${name}'`)
    this.used.set(name, 1)
    return name
  }

  unique(wanted: string): string {
    const count = counted(this.used, wanted) + 1
    this.used.set(wanted, count)
    return count === 1 ? wanted : this.unique(`${wanted}_${count}`)
  }
}
