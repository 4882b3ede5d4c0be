import { version } from '../base/version.ts'
import { topological } from '../ir/walk.ts'
import { portableOrigin } from '../ir/origin.ts'
import { scopeName } from '../ir/value-names.ts'
import { isInput } from '../ops/leaf.ts'
import { GraphWriter } from './graph-writer.ts'
import { NodeValues } from './node-values.ts'
import { OpEmitter } from './op-emitter.ts'
import { encodeModel, type GraphProto } from './proto.ts'
import type { Binding, GraphSource } from '../ir/graph.ts'
import type { Node } from '../ir/node.ts'

export interface EmittedGraph {
  readonly bytes: Uint8Array
  /** The inputs that the outputs depend on, in the order of the graph. */
  readonly inputs: readonly Binding[]
  /** How many nodes of ONNX, those within loops too; of a graph of several steps, in one of them. */
  readonly nodes: number
}

/** Opset 18 and IR 8 are the newest for which onnxruntime has every kernel on both CPU and CUDA. */
const OPSET = 18
const IR_VERSION = 8

/** Lowers nodes to one ONNX model of standard ops. The same source gives the same bytes. */
export function emitGraph(source: GraphSource): EmittedGraph {
  const { name, description, outputs } = source
  const { read, order } = sorted(source)
  const writer = new GraphWriter()
  const values = new NodeValues(
    read.map(({ name, node }) => [node, writer.input(writer.reserve(name), node)] as const),
  )
  for (const { name: output } of outputs) writer.reserve(output)
  writeNodes(writer, source, order, values)
  for (const { node, name: output } of outputs) writer.output(output, values.of(node), node)
  return {
    bytes: modelBytes(writer.finish(name, description)),
    inputs: read,
    nodes: writer.nodes.count,
  }
}

/** The inputs that the outputs depend on, and all nodes behind the outputs, operands first. */
export function sorted({ inputs, outputs }: GraphSource) {
  const bound = new Set(inputs.map(({ node }) => node))
  const order = topological(
    outputs.map(({ node }) => node),
    (node) => bound.has(node),
  )
  const used = new Set(order)
  return { read: inputs.filter(({ node }) => used.has(node)), order }
}

/** The inputs that the outputs depend on, in the order of the graph. */
export const inputsOf = (source: GraphSource): readonly Binding[] => sorted(source).read

/** Writes nodes, operands first; `values` holds the inputs, and then all of them. */
export function writeNodes(
  writer: GraphWriter,
  { name, outputs }: GraphSource,
  order: readonly Node[],
  values: NodeValues,
): void {
  const outputNames = new Map(outputs.toReversed().map(({ node, name }) => [node, name]))
  const emitter = new OpEmitter(writer)
  for (const node of order) {
    if (values.has(node)) continue
    if (isInput(node))
      throw new Error(`graph '${name}' reads '${node.attributes.name}', which nobody gives it`)
    const operands = values.operands(node)
    const origin = node.origin ? portableOrigin(node.origin) : ''
    const scope = scopeName(node)
    const base = scope === '' ? node.op.name : `${scope}/${node.op.name}`
    values.set(
      node,
      writer.nodes.within(base, origin, outputNames.get(node), () => node.op.emit(emitter, node, operands)),
    )
  }
}

export const modelBytes = (graph: GraphProto): Uint8Array =>
  encodeModel({
    irVersion: IR_VERSION,
    producerName: 'hebb',
    producerVersion: version,
    opsetImport: [{ domain: '', version: OPSET }],
    graph,
  })
