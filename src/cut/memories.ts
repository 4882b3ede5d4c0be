import { stopGradient } from '../ops/stop.ts'
import type { Node } from '../ir/node.ts'

/** The value of a state after the step, which may depend on the parameters after the step. */
interface Memory {
  readonly name: string
  readonly layer: string
  readonly next: (updated: ReadonlyMap<string, Node>) => Node
}

/** States that each step replaces: what layers remember from step to step. */
export class Memories {
  private memories: Memory[] = []

  /** A state that each step replaces by `next`, given the parameters as the step leaves them. */
  add({ name, layer }: Omit<Memory, 'next'>, next: Memory['next']): void {
    this.memories.push({ name, layer, next: (updated) => stopGradient(next(updated)) })
  }

  /** New values of what these layers remember, each once. */
  take(
    layers: readonly string[],
    updated: ReadonlyMap<string, Node>,
  ): { readonly name: string; readonly node: Node }[] {
    const taken = this.memories.filter(({ layer }) => layers.includes(layer))
    this.memories = this.memories.filter((memory) => !taken.includes(memory))
    return taken.map(({ name, next }) => ({ name, node: next(updated) }))
  }

  clear(): void {
    this.memories = []
  }
}
