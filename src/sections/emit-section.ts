import { createHash } from 'node:crypto'
import { zip } from '../base/lists.ts'
import { emitGraph, type EmittedGraph } from '../onnx/emit.ts'
import { emitAnyBatch } from '../onnx/emit-any-batch.ts'
import { emitSteps } from '../onnx/emit-steps.ts'
import type { Graph } from '../bundle/schema/graph.ts'
import type { Section } from '../bundle/schema/section.ts'
import type { GraphDescription, Placed } from './describe-graph.ts'
import type { LoweredSection } from './lower-section.ts'

/** A section and its files. */
export interface EmittedSection {
  readonly section: Section
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** Writes the graphs of a section, and says in its description which files they are. */
export function emitSection({ section, graphs }: LoweredSection): EmittedSection {
  const emitted = zip(section.graphs, graphs).map(([description, placed]) => emitOne(description, placed))
  return {
    section: { ...section, graphs: emitted.map(({ graph }) => graph) },
    files: new Map(emitted.map(({ graph, bytes }) => [graph.file, bytes])),
  }
}

function emitOne(
  { name, inputs, outputs, cost, ...rest }: GraphDescription,
  placed: Placed,
): { readonly graph: Graph; readonly bytes: Uint8Array } {
  const { bytes, nodes } = emitPlaced(placed)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return {
    bytes,
    graph: {
      ...{ name, file: `${name}.onnx`, sha256, bytes: bytes.length, inputs, outputs },
      ...{ cost: { nodes, ...cost }, ...rest },
    },
  }
}

function emitPlaced({ source, replacing, anyBatch }: Placed): EmittedGraph {
  if (anyBatch) return emitAnyBatch(source)
  return replacing ? emitSteps(source, replacing) : emitGraph(source)
}
