import type { Node } from '../ir/node.ts'
import type { TracedParameter } from './registry.ts'

/** A parameter that learns. `gradient` is what the optimizer descends: of an explicit update, its negative. */
export interface TaughtParameter {
  readonly parameter: TracedParameter
  readonly gradient: Node
  /** Whether the rule said itself how it moves, in place of a loss. */
  readonly isExplicit: boolean
}
