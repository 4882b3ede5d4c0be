import onnxProto from 'onnx-proto'
import { present } from '../../src/base/lists.ts'
import { int, node, type Constant } from '../runtime/tiny-graph.ts'
import type { GraphProto, Model, NodeProto, TensorProto } from './forged-bundle.ts'

/** Changes of a good graph, for tests of what is refused. */

const types = onnxProto.onnx.AttributeProto.AttributeType

export type Part = NodeProto | Constant
export type Change = (graph: GraphProto, model: Model) => void

export const nodesOf = (graph: GraphProto): NodeProto[] => present(graph.node ?? undefined, 'the nodes')
export const constantsOf = (graph: GraphProto): TensorProto[] =>
  present(graph.initializer ?? undefined, 'the constants')

/** Puts nodes before those of the graph, and constants that they read. */
export const add =
  (...parts: readonly Part[]): Change =>
  (graph) => {
    for (const part of parts)
      if ('constant' in part) constantsOf(graph).push(part.constant)
      else nodesOf(graph).unshift(part)
  }

export const tensorAttribute = (t: TensorProto) => [{ name: 'value', type: types.TENSOR, t }]
export const filled = { dataType: 1, dims: [1], rawData: new Uint8Array(4) }

/** A loop over the rows of a value, whose body has this in it. */
export const loop = (body: Partial<GraphProto>, rows = 'views', shape = [1, 2, 2], depth = 0): NodeProto => {
  const [row, same] = [`row${depth}`, `same${depth}`]
  const info = (name: string) => ({
    name,
    type: { tensorType: { elemType: 1, shape: { dim: shape.map((dimValue) => ({ dimValue })) } } },
  })
  const { node: inner = [], ...rest } = body
  const nodes = [...(inner ?? []), node('Identity', [row], same)]
  const g = { name: 'body', input: [info(row)], output: [info(same)], node: nodes, ...rest }
  return node('Scan', [rows], `looped${depth}`, [
    { name: 'body', type: types.GRAPH, g },
    int('num_scan_inputs', 1),
  ])
}
