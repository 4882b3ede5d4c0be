import type { Node } from '../ir/node.ts'
import type { Credit } from '../lang/credit.ts'
import type { Layer } from '../lang/layer.ts'
import type { Optimizer } from '../lang/optimizers/optimizer.ts'
import type { Registry } from './registry.ts'
import type { TracedLayer } from './trace-layer.ts'

/** What is traced: an encoder on rows of given shape, and how it learns. */
export interface Training {
  readonly encoder: readonly Layer[]
  readonly learn: Credit
  readonly optimizer: Optimizer
  readonly views: readonly string[]
  /** Images per step; rows = views × batch. */
  readonly batch: number
  /** Whether gradients are scaled for float16, and steps whose gradients are not finite are skipped. */
  readonly scaled: boolean
  /** That labels may have. */
  readonly classes: number
  /** The input of the first layer, [rows, …], and its name in the graph. */
  readonly rows: Node
  readonly input: string
}

/** Where a rule is taught: a block of the network that is traced. */
export interface Scene {
  readonly training: Training
  /** The block that learns. */
  readonly members: readonly TracedLayer[]
  readonly layers: readonly TracedLayer[]
  readonly registry: Registry
}
