import type { Manifest } from './manifest.ts'
import type { Graph } from './schema/graph.ts'

/** Graphs, and what is said of them: all that the runtime needs to run those that are described. */
export interface Graphs<Described> {
  /** All that is known of the graphs. */
  readonly manifest: Described
  /** The bytes of one of its graphs, an ONNX model. */
  readonly graph: (graph: Graph) => Uint8Array
}

/**
 * A compiled program. `compile` makes one in memory, `loadBundle` opens one that `writeBundle` wrote as a folder; whatever
 * runs, trains, probes or writes bundles takes either.
 */
export interface Bundle extends Graphs<Manifest> {
  /** What is computed, whatever graphs compute it: see `Manifest.identity`. */
  readonly identity: string
  /** The bytes of manifest.json. */
  readonly text: Uint8Array
  /** SHA-256 of these in hexadecimal digits, and so, by the hashes in them, of all graphs. */
  readonly digest: string
}
