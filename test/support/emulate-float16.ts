import { at, found } from '../../src/base/lists.ts'
import { dtypeOfCode, onnxTypes, type DType } from '../../src/base/dtype.ts'
import {
  attributeTypes,
  decodeModel,
  encodeModel,
  type GraphProto,
  type NodeProto,
} from '../../src/onnx/proto.ts'
import { bundleInMemory } from '../../src/bundle/bundle-in-memory.ts'
import { sha256 } from '../../src/bundle/sha256.ts'
import type { Graphs } from '../../src/bundle/bundle.ts'
import type { Section } from '../../src/bundle/schema/section.ts'
import type { CompiledBundle } from '../../src/index.ts'

/**
 * What a GPU makes of float16, on the CPU, whose onnxruntime has hardly a kernel for it and leaves out what it would round:
 * each node reads its operands as float32, computes in that, and its result is rounded.
 */

/** They move whole values. */
const untouched = new Set(['Cast', 'Scan', 'Identity', 'ConstantOfShape'])

type Types = Map<string, DType>

/** Types of all values of a graph and of the loops in it, whose names are all different. */
function typesOf(graph: GraphProto, types: Types = new Map<string, DType>()): Types {
  for (const { name, type } of [
    ...(graph.input ?? []),
    ...(graph.output ?? []),
    ...(graph.valueInfo ?? []),
  ]) {
    const dtype = dtypeOfCode(Number(type?.tensorType?.elemType))
    if (typeof name === 'string' && dtype) types.set(name, dtype)
  }
  for (const { name, dataType } of graph.initializer ?? []) {
    const dtype = dtypeOfCode(Number(dataType))
    if (typeof name === 'string' && dtype) types.set(name, dtype)
  }
  for (const body of bodiesOf(graph)) typesOf(body, types)
  return types
}

const bodiesOf = ({ node }: GraphProto): GraphProto[] =>
  (node ?? []).flatMap(({ attribute }) => (attribute ?? []).flatMap(({ g }) => g ?? []))

const cast = (from: string, to: string, dtype: DType): NodeProto => ({
  name: `${to}/cast`,
  opType: 'Cast',
  input: [from],
  output: [to],
  attribute: [{ name: 'to', type: attributeTypes.INT, i: onnxTypes[dtype] }],
})

/** Reads float16 operands widened, and rounds what it gives. */
function inFloat32(node: NodeProto, types: Types): NodeProto[] {
  const isHalf = (value: string) => types.get(value) === 'float16'
  const [inputs, outputs] = [node.input ?? [], node.output ?? []]
  if (untouched.has(String(node.opType)) || ![...inputs, ...outputs].some(isHalf)) return [node]
  const own = at(outputs, 0)
  const before = inputs.flatMap((value, i) =>
    isHalf(value) ? [cast(value, `${own}/read${i}`, 'float32')] : [],
  )
  const after = outputs.flatMap((value) => (isHalf(value) ? [cast(`${value}/wide`, value, 'float16')] : []))
  const computed = {
    ...node,
    input: inputs.map((value, i) => (isHalf(value) ? `${own}/read${i}` : value)),
    output: outputs.map((value) => (isHalf(value) ? `${value}/wide` : value)),
  }
  return [...before, computed, ...after]
}

function inBodies(graph: GraphProto, types: Types): GraphProto {
  const node = (graph.node ?? []).map((each) => ({
    ...each,
    attribute: (each.attribute ?? []).map((attribute) =>
      attribute.g ? { ...attribute, g: inBodies(attribute.g, types) } : attribute,
    ),
  }))
  return { ...graph, node: node.flatMap((each) => inFloat32(each, types)) }
}

export function emulatedGraph(bytes: Uint8Array): Uint8Array {
  const model = decodeModel(bytes)
  const { graph } = model
  if (!graph) throw new Error('no graph')
  return encodeModel({ ...model, graph: inBodies(graph, typesOf(graph)) })
}

/** The same graphs as a GPU would compute them. */
export const emulatedGraphs = <Store extends Graphs<unknown>>(store: Store): Store => ({
  ...store,
  graph: (graph) => emulatedGraph(store.graph(graph)),
})

/** A whole bundle whose training graphs are such. */
export function emulated({ manifest, files }: CompiledBundle): CompiledBundle {
  const { train, sharded } = manifest
  const changed = new Map(
    [train, ...(sharded ? [sharded] : [])]
      .flatMap(({ graphs }) => graphs)
      .map(({ file }) => [file, emulatedGraph(found(files, file, file))] as const),
  )
  const section = (given: Section): Section => ({
    ...given,
    graphs: given.graphs.map((graph) => {
      const bytes = found(changed, graph.file, graph.file)
      return { ...graph, bytes: bytes.length, sha256: sha256(bytes) }
    }),
  })
  return bundleInMemory(
    { ...manifest, train: section(train), ...(sharded ? { sharded: section(sharded) } : {}) },
    new Map([...files, ...changed]),
  )
}

interface Typed {
  readonly graph: GraphProto
  readonly types: Types
}

function typed(bytes: Uint8Array): Typed {
  const { graph } = decodeModel(bytes)
  if (!graph) throw new Error('no graph')
  return { graph, types: typesOf(graph) }
}

const touchesHalf = ({ input, output }: NodeProto, types: Types): boolean =>
  [...(input ?? []), ...(output ?? [])].some((value) => types.get(value) === 'float16')

/** What reads or gives float16 in a graph and the loops in it, as `Conv`. */
export function float16Operators(bytes: Uint8Array): string[] {
  const { graph, types } = typed(bytes)
  const all = (each: GraphProto): NodeProto[] => [...(each.node ?? []), ...bodiesOf(each).flatMap(all)]
  return all(graph).flatMap((node) => (touchesHalf(node, types) ? String(node.opType) : []))
}

const rounding = new Set(['Cast', 'Conv', 'ConvTranspose', 'Gemm', 'MatMul'])

/** How often a value is rounded to float16 on the longest way through a graph without loops. */
export function mostRoundings(bytes: Uint8Array): number {
  const { graph, types } = typed(bytes)
  const after = new Map<string, number>()
  for (const { opType, input, output } of graph.node ?? []) {
    const before = Math.max(0, ...(input ?? []).map((value) => after.get(value) ?? 0))
    const rounds =
      rounding.has(String(opType)) && (output ?? []).some((value) => types.get(value) === 'float16')
    for (const value of output ?? []) after.set(value, before + (rounds ? 1 : 0))
  }
  return Math.max(0, ...after.values())
}
