import type { Region } from './node.ts'

export type { Binding, Region } from './node.ts'

/** What becomes one graph. */
export interface GraphSource extends Region {
  readonly name: string
  /** What the graph is for; becomes its doc string. */
  readonly description: string
}
