import onnxProto from 'onnx-proto'

/**
 * The one place that knows how ONNX is encoded: package onnx-proto (ONNX 1.10.2, IR 8) on protobufjs. See
 * docs/decisions/0002-onnx-protobuf.md for when to exchange it.
 */
const { ModelProto, AttributeProto, TensorProto } = onnxProto.onnx

export type Model = onnxProto.onnx.IModelProto
export type GraphProto = onnxProto.onnx.IGraphProto
export type NodeProto = onnxProto.onnx.INodeProto
export type AttributeProto = onnxProto.onnx.IAttributeProto
export type TensorProto = onnxProto.onnx.ITensorProto
export type ValueInfo = onnxProto.onnx.IValueInfoProto

export const attributeTypes = AttributeProto.AttributeType
export const elementTypes = TensorProto.DataType

export const encodeModel = (model: Model): Uint8Array => ModelProto.encode(ModelProto.create(model)).finish()

/** Of loops within loops: what reads a model calls itself for each. */
const DEEPEST = 64

const bodiesOf = ({ node }: GraphProto): GraphProto[] =>
  (node ?? []).flatMap(({ attribute }) =>
    (attribute ?? []).flatMap(({ g, graphs }) => [...(g ? [g] : []), ...(graphs ?? [])]),
  )

function requireShallow(graph: GraphProto): void {
  let level: readonly GraphProto[] = [graph]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === DEEPEST) throw new Error(`more than ${DEEPEST} graphs within each other`)
    level = level.flatMap(bodiesOf)
  }
}

/** @throws Error where the bytes are not an ONNX model, or one whose graphs nest without measure. */
export function decodeModel(bytes: Uint8Array): Model {
  const model = ModelProto.decode(bytes)
  if (!model.graph || model.opsetImport.length === 0) throw new Error('no graph in it')
  requireShallow(model.graph)
  return model
}
