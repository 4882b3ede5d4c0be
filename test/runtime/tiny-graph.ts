import onnxProto from 'onnx-proto'
import { createHash } from 'node:crypto'
import type { Graph, GraphInput, GraphOutput } from '../../src/bundle/schema/graph.ts'

/** Graphs made by hand, so that the runtime is tested without the compiler. */

const { AttributeProto, ModelProto } = onnxProto.onnx
const { INT, TENSOR } = AttributeProto.AttributeType
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

/** A constant float32 (scalar) or int64 (list). */
export const number = (output: string, value: number): NodeProto =>
  node('Constant', [], output, [
    { name: 'value', type: TENSOR, t: { dataType: elementTypes.float32, floatData: [value] } },
  ])
export const list = (output: string, values: number[]): NodeProto =>
  node('Constant', [], output, [
    {
      name: 'value',
      type: TENSOR,
      t: { dataType: elementTypes.int64, dims: [values.length], int64Data: values },
    },
  ])

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
  nodes: NodeProto[],
): TinyGraph => {
  const model = ModelProto.create({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 18 }],
    graph: { name, node: nodes, input: inputs.map(valueInfo), output: outputs.map(valueInfo) },
  })
  const bytes = ModelProto.encode(model).finish()
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const cost = { nodes: nodes.length, flops: 0, parameterBytes: 0, activationBytes: 0 }
  return { graph: { name, file: `${name}.onnx`, sha256, inputs, outputs, cost }, bytes }
}
