import { found } from '../base/lists.ts'
import { elements, type Shape } from '../base/type.ts'
import { bytesPerElement, onnxTypes, type DType } from '../base/dtype.ts'
import { UserError } from '../base/error.ts'
import { decodeModel, encodeModel, type GraphProto, type NodeProto, type TensorProto } from './proto.ts'

/** Weights of a graph, as they lie in memory. */
export interface Weights {
  readonly type: DType
  readonly shape: Shape
  readonly bytes: Uint8Array
}

export interface Embedding {
  /** What the model is given beside weights: an input, or a value inside it in whose place it is given. */
  readonly given: string
  /** What the model gives: values of the graph, under the names that they will have. */
  readonly outputs: ReadonlyMap<string, string>
  /** The value of an input that is a weight; asked once for each that the outputs depend on. */
  readonly weights: (name: string) => Weights
  /** What is said of the model. */
  readonly metadata: Readonly<Record<string, string>>
}

/** Protobuf's own limit, with room for what is no weight. */
const LARGEST = 2 ** 31 - 2 ** 24

/** @throws UserError ('ExportError') where weights of so many bytes do not fit into one ONNX file */
export function requireOneFile(bytes: number): void {
  if (bytes <= LARGEST) return
  throw new UserError(
    'ExportError',
    `the weights take ${bytes} bytes, and an ONNX file with its weights inside at most ${LARGEST}`,
    { help: 'Export them with --safetensors, or fewer layers: --outputs LAYER.features.' },
  )
}

/**
 * An ONNX model with its weights inside, of a graph that is given them: cut down to what some of its values depend on.
 *
 * @throws UserError ('ExportError') where the weights do not fit into one file
 */
export function embedded(bytes: Uint8Array, { given, outputs, weights, metadata }: Embedding): Uint8Array {
  const model = decodeModel(bytes)
  const { graph } = model
  if (!graph) throw new Error('the model lost its graph')
  const infos = new Map(
    [...(graph.input ?? []), ...(graph.output ?? [])].flatMap((info) =>
      typeof info.name === 'string' ? [[info.name, info] as const] : [],
    ),
  )
  const { nodes, read } = neededFor([...outputs.keys()], given, graph)
  const known = new Map((graph.initializer ?? []).map((tensor) => [String(tensor.name), tensor]))
  const parameters = (graph.input ?? []).flatMap(({ name }) =>
    typeof name === 'string' && name !== given && read.has(name) ? [[name, weights(name)] as const] : [],
  )
  requireOneFile(
    parameters.reduce((sum, [, { shape, type }]) => sum + elements(shape) * bytesPerElement[type], 0),
  )
  const initializer: TensorProto[] = [
    ...[...known].flatMap(([name, tensor]) => (read.has(name) ? [tensor] : [])),
    ...parameters.map(([name, { type, shape, bytes }]) => ({
      ...{ name, dataType: onnxTypes[type], dims: [...shape], rawData: bytes },
    })),
  ]
  const renamed = (name: string): string => outputs.get(name) ?? name
  return encodeModel({
    ...model,
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      ...graph,
      initializer,
      node: nodes.map((node) => ({
        ...node,
        input: (node.input ?? []).map(renamed),
        output: (node.output ?? []).map(renamed),
      })),
      input: [found(infos, given, given)],
      output: [...outputs].map(([name, called]) => ({ ...found(infos, name, name), name: called })),
      valueInfo: [],
    },
  })
}

/** The nodes that make some values of what is given, in their order, and all that they read. */
function neededFor(
  wanted: readonly string[],
  given: string,
  { node }: GraphProto,
): { readonly nodes: NodeProto[]; readonly read: ReadonlySet<string> } {
  const read = new Set(wanted)
  const nodes = (node ?? []).toReversed().filter(({ input, output }) => {
    const isNeeded = (output ?? []).some((name) => name !== given && read.has(name))
    if (isNeeded) for (const name of input ?? []) read.add(name)
    return isNeeded
  })
  return { nodes: nodes.toReversed(), read }
}
