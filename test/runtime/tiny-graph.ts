import onnxProto from 'onnx-proto'
import { createHash } from 'node:crypto'
import type { Graph, GraphInput, GraphOutput } from '../../src/bundle/schema/graph.ts'

/** Graphs made by hand, so that the runtime is tested without the compiler. */

const { AttributeProto, ModelProto } = onnxProto.onnx
const { INT, INTS } = AttributeProto.AttributeType
type Attribute = onnxProto.onnx.IAttributeProto
type NodeProto = onnxProto.onnx.INodeProto

const elementTypes = { float16: 10, float32: 1, float64: 11, int64: 7, uint8: 2, bool: 9 } as const

/** `node('Add', ['a', 'b'], 'sum')`. */
export const node = (
  opType: string,
  input: string[],
  output: string,
  attribute: Attribute[] = [],
): NodeProto => ({ opType, input, output: [output], attribute })

export const int = (name: string, i: number): Attribute => ({ name, type: INT, i })
export const ints = (name: string, list: number[]): Attribute => ({ name, type: INTS, ints: list })

type TensorProto = onnxProto.onnx.ITensorProto

/** A constant of the graph, named as what reads it has it. */
export interface Constant {
  readonly constant: TensorProto
}

const bytesOf = (data: Float32Array | BigInt64Array) => new Uint8Array(data.buffer)

/** A constant float32 (scalar) or int64 (list). */
export const number = (name: string, value: number): Constant => ({
  constant: { name, dataType: elementTypes.float32, rawData: bytesOf(Float32Array.of(value)) },
})
export const list = (name: string, values: number[]): Constant => ({
  constant: {
    name,
    dataType: elementTypes.int64,
    dims: [values.length],
    rawData: bytesOf(BigInt64Array.from(values, BigInt)),
  },
})

export interface TinyGraph {
  readonly graph: Graph
  readonly bytes: Uint8Array
}

const valueInfo = ({ name, type, shape }: GraphInput | GraphOutput) => ({
  name,
  type: {
    tensorType: { elemType: elementTypes[type], shape: { dim: shape.map((dimValue) => ({ dimValue })) } },
  },
})

export const tinyGraph = (
  name: string,
  inputs: GraphInput[],
  outputs: GraphOutput[],
  parts: readonly (NodeProto | Constant)[],
): TinyGraph => {
  const nodes = parts.flatMap((part) => ('constant' in part ? [] : [part]))
  const initializer = parts.flatMap((part) => ('constant' in part ? [part.constant] : []))
  const model = ModelProto.create({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 18 }],
    graph: { name, node: nodes, initializer, input: inputs.map(valueInfo), output: outputs.map(valueInfo) },
  })
  const bytes = ModelProto.encode(model).finish()
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const cost = { nodes: nodes.length, flops: 0, parameterBytes: 0, activationBytes: 0 }
  return { graph: { name, file: `${name}.onnx`, sha256, inputs, outputs, cost }, bytes }
}
