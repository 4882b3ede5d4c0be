import onnxProto from 'onnx-proto'
import protobuf from 'protobufjs/minimal.js'

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

/** Far more than graphs have fields. An empty field takes two bytes of a file, and a hundred of memory. */
const MOST_PARTS = 5_000_000

export class TooManyParts extends Error {
  override readonly message = `it has more than ${MOST_PARTS} fields and numbers outside raw data`
}

type Whole = ReturnType<protobuf.Reader['int64']>

/** Gives up where what is read of strangers' bytes would take all memory: all that is kept is read by these. */
class BoundedReader extends protobuf.Reader {
  private parts = 0

  private count(): void {
    if (++this.parts > MOST_PARTS) throw new TooManyParts()
  }
  /** Of a field's number, and of most that is in it. */
  override uint32(): number {
    this.count()
    return super.uint32()
  }
  override int64(): Whole {
    this.count()
    return super.int64()
  }
  override uint64(): Whole {
    this.count()
    return super.uint64()
  }
  override float(): number {
    this.count()
    return super.float()
  }
  override double(): number {
    this.count()
    return super.double()
  }
}

/** @throws Error where the bytes are not an ONNX model, or one whose graphs nest or have parts without measure. */
export function decodeModel(bytes: Uint8Array): Model {
  const model = ModelProto.decode(new BoundedReader(bytes))
  if (!model.graph || model.opsetImport.length === 0) throw new Error('no graph in it')
  requireShallow(model.graph)
  return model
}
