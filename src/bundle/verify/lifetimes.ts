import { bytesOf, type Held } from './scope.ts'
import type { Type } from '../../base/type.ts'
import type { ReadGraph, ReadNode } from './structure.ts'

/** What a node reads, with what the bodies of loops in it read of the graph around them. */
function* namesRead({ inputs, attributes }: ReadNode): Generator<string> {
  yield* inputs
  for (const value of attributes.values())
    if (value.kind === 'graph') for (const node of value.value.nodes) yield* namesRead(node)
}

/** Before any node. */
const NOBODY_READS = -1

/**
 * How many bytes of a graph's values are there at once, where each is freed after the last node that reads it. What is
 * constant stays, and so does what leaves the graph: either has memory of its own.
 */
export class Lifetimes {
  /** The place of the last node that reads each value; of what stays, none comes after it. */
  private readonly last = new Map<string, number>()
  /** Of values that lie where others do: where that is. */
  private readonly lies = new Map<string, string>()
  private readonly alive = new Map<string, number>()
  private readonly leaving: ReadonlySet<string>
  private current = 0
  peak = 0
  /** Of `peak`, what is there until the graph is forgotten: it is computed as the graph is loaded. */
  staying = 0

  constructor({ nodes, outputs }: ReadGraph) {
    this.leaving = new Set(outputs.keys())
    for (const [place, node] of nodes.entries())
      for (const name of namesRead(node)) this.last.set(name, place)
    for (const name of this.leaving) this.last.set(name, Infinity)
  }

  /** What is there before the first node: what is given, and where results are to be written. */
  keep(name: string, type: Type): void {
    this.last.set(name, Infinity)
    this.add(name, bytesOf(type))
  }

  /** What is computed as the graph is loaded, and never freed. */
  stay(bytes: number): void {
    this.staying += bytes
    this.grow(bytes)
  }

  /** @param operand where the result lies, if it takes no memory of its own */
  made(name: string, held: Held, operand?: string): void {
    if (held.isConstant) this.stay(bytesOf(held))
    // Where results are to be written was there before.
    if (this.alive.has(name)) return
    const leaves = this.leaving.has(name)
    if (held.isConstant && !leaves) return
    if (operand === undefined || leaves) {
      this.add(name, bytesOf(held))
      return
    }
    const root = this.rootOf(operand)
    this.lies.set(name, root)
    this.last.set(root, Math.max(this.lastOf(root), this.lastOf(name)))
  }

  /** While a node is computed. */
  during(workspace: number): void {
    this.peak = Math.max(this.peak, this.current + workspace)
  }

  /** After the node in a place: frees what no later one reads. */
  after(place: number, names: Iterable<string>): void {
    for (const name of names) {
      const root = this.rootOf(name)
      const bytes = this.alive.get(root)
      // What the graph around this one holds is not its to free.
      if (bytes === undefined || this.lastOf(root) > place) continue
      this.current -= bytes
      this.alive.delete(root)
    }
  }

  private add(name: string, bytes: number): void {
    this.alive.set(name, bytes)
    this.grow(bytes)
  }

  private grow(bytes: number): void {
    this.current += bytes
    this.peak = Math.max(this.peak, this.current)
  }

  private rootOf(name: string): string {
    return this.lies.get(name) ?? name
  }

  /** What nobody reads is freed at once. */
  private lastOf(name: string): number {
    return this.last.get(name) ?? NOBODY_READS
  }
}

/** What may be freed after a node: what it read, and what it made. */
export function* touched(node: ReadNode): Generator<string> {
  yield* namesRead(node)
  yield* node.outputs
}
