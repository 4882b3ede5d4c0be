import { isInput } from '../ops/leaf.ts'
import { modelBytes, sorted, writeNodes, type EmittedGraph } from './emit.ts'
import { GraphWriter } from './graph-writer.ts'
import { NodeValues } from './node-values.ts'
import type { GraphSource } from '../ir/graph.ts'
import type { Type } from '../base/type.ts'

/** The type of each row. */
const perRow = ({ dtype, shape }: Type): Type => ({ dtype, shape: shape.slice(1) })

/**
 * Lowers nodes to a graph that takes any number of images, and gives a row for each: what `anyBatch` made. Shapes in
 * between are not told, since they differ from run to run.
 */
export function emitAnyBatch(source: GraphSource): EmittedGraph {
  const { name, description, outputs } = source
  const { read, order } = sorted(source)
  const writer = new GraphWriter(undefined, false)
  const values = new NodeValues(
    read.map(({ name, node }) => {
      const isImages = isInput(node) && node.attributes.role === 'images'
      const value = isImages
        ? writer.input(writer.reserve(name), perRow(node), 'batch')
        : writer.input(writer.reserve(name), node)
      return [node, value] as const
    }),
  )
  for (const { name: output } of outputs) writer.reserve(output)
  writeNodes(writer, source, order, values)
  for (const { node, name: output } of outputs) writer.output(output, values.of(node), perRow(node), 'batch')
  return {
    bytes: modelBytes(writer.finish(name, description)),
    inputs: read,
    nodes: writer.nodes.count,
  }
}
