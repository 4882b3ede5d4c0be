import { bytesPerElement, type DType } from '../ir/dtype.ts'
import { elements, type Type } from '../ir/type.ts'
import { onnxType } from '../ops/cast.ts'
import { flops } from './cost.ts'
import { Names } from './names.ts'
import {
  attributeTypes,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfo,
} from './proto.ts'
import type { Emitter, OnnxAttribute, Value } from '../ir/emitter.ts'

/** Constants of one repeated value that are longer than this are made by the graph, not stored in it. */
const LARGEST_STORED_FILL = 256

/** Collects the nodes, constants and names of one ONNX graph. */
export class GraphWriter implements Emitter {
  private readonly names = new Names()
  private readonly types = new Map<string, Type>()
  private readonly nodes: NodeProto[] = []
  private readonly constants = new Map<string, { value: Value; tensor: TensorProto }>()
  private readonly graphInputs: ValueInfo[] = []
  private readonly graphOutputs: ValueInfo[] = []
  private readonly given = new Set<string>()
  private base = ''
  private origin = ''
  private flops = 0

  input(name: string, type: Type): Value {
    this.given.add(this.reserve(name))
    this.graphInputs.push(valueInfo(name, type))
    return this.typed(name, type)
  }

  reserve(name: string): string {
    return this.names.reserve(name)
  }

  /**
   * Runs the lowering of one node: what it adds is labelled with the origin and named below `base`; the result
   * itself is called `base`, or `output` where it leaves the graph under that name.
   */
  within(base: string, origin: string, output: string | undefined, lower: () => Value): Value {
    this.base = base
    this.origin = origin
    const start = this.nodes.length
    const value = lower()
    const producer = this.nodes.slice(start).find((node) => node.output?.includes(value))
    const type = this.types.get(value)
    if (!producer || !type) return value
    const name = output ?? this.names.unique(base)
    producer.output = producer.output?.map((result) => (result === value ? name : result)) ?? []
    producer.name = name
    this.types.delete(value)
    return this.typed(name, type)
  }

  node(
    operator: string,
    inputs: readonly (Value | undefined)[],
    result: Type,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): Value {
    const [value] = this.add(operator, inputs, [result], attributes)
    return value
  }

  second(
    operator: string,
    inputs: readonly Value[],
    first: Type,
    second: Type,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): Value {
    const [, value] = this.add(operator, inputs, [first, second], attributes)
    if (value === undefined) throw new Error('a node lost its second result')
    return value
  }

  constant({ dtype, shape }: Type, values: ArrayLike<number>): Value {
    const data = encode(dtype, values)
    const key = `${dtype}[${shape.join(',')}]${Buffer.from(data).toString('latin1')}`
    const known = this.constants.get(key)
    if (known) return known.value
    const [first = 0] = Array.from({ length: Math.min(1, values.length) }, (_, i) => values[i])
    if (
      values.length > LARGEST_STORED_FILL &&
      Array.prototype.every.call(values, (value) => value === first)
    ) {
      const { base } = this
      this.base = `${base}/fill`
      const value = this.node(
        'ConstantOfShape',
        [this.integers(shape)],
        { dtype, shape },
        { value: { fill: first, dtype } },
      )
      this.base = base
      return value
    }
    const name = this.names.unique(
      elements(shape) === 1 ? `constant/${Number(values[0])}` : `constant/${dtype}_${shape.join('x')}`,
    )
    const tensor = { name, dataType: onnxType[dtype], dims: [...shape], rawData: data }
    const value = this.typed(name, { dtype, shape })
    this.constants.set(key, { value, tensor })
    return value
  }

  integers(values: readonly number[]): Value {
    return this.constant({ dtype: 'int64', shape: [values.length] }, values)
  }

  /** Declares a result; a value that already has another name, or is an input, is passed through Identity. */
  output(name: string, value: Value | undefined, type: Type): void {
    if (value === undefined) throw new Error(`output '${name}' was not computed`)
    if (value !== name) {
      this.nodes.push({ opType: 'Identity', name, input: [value], output: [name] })
      this.typed(name, type)
    }
    this.given.add(name)
    this.graphOutputs.push(valueInfo(name, type))
  }

  finish(name: string, description: string): GraphProto {
    const stored = [...this.constants.values()].map(({ tensor }) => tensor)
    const inner = [...this.types].filter(
      ([value]) => !this.given.has(value) && !stored.some((tensor) => tensor.name === value),
    )
    return {
      name,
      docString: description,
      node: this.nodes,
      initializer: stored,
      input: this.graphInputs,
      output: this.graphOutputs,
      valueInfo: inner.map(([value, type]) => valueInfo(value, type)),
    }
  }

  /** Bytes of all results, and operations, of one run. */
  cost(): { nodes: number; flops: number; activationBytes: number } {
    const results = this.nodes.flatMap((node) => (node.opType === 'Reshape' ? [] : (node.output ?? [])))
    const bytes = (type: Type | undefined) => (type ? elements(type.shape) * bytesPerElement[type.dtype] : 0)
    const activationBytes = results.reduce((sum, value) => sum + bytes(this.types.get(value)), 0)
    return { nodes: this.nodes.length, flops: this.flops, activationBytes }
  }

  private add(
    operator: string,
    inputs: readonly (Value | undefined)[],
    results: readonly [Type, ...Type[]],
    attributes: Readonly<Record<string, OnnxAttribute>>,
  ): [Value, ...Value[]] {
    const operands = inputs.map((input) => input ?? '')
    const types = operands.flatMap((input) => this.types.get(input) ?? [])
    this.flops += flops(operator, types, results[0], attributes.transA === 1)
    const name = this.names.unique(`${this.base}/${operator}`)
    const make = (type: Type, i: number) =>
      this.typed(i === 0 ? name : this.names.unique(`${name}.${i}`), type)
    const [first, ...rest] = results
    const values: [Value, ...Value[]] = [make(first, 0), ...rest.map((type, i) => make(type, i + 1))]
    this.nodes.push({
      opType: operator,
      name,
      input: operands,
      output: [...values],
      attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
      ...(this.origin === '' ? {} : { docString: this.origin }),
    })
    return values
  }

  private typed(name: string, type: Type): Value {
    this.types.set(name, type)
    return name as Value
  }
}

function valueInfo(name: string, { dtype, shape }: Type): ValueInfo {
  return {
    name,
    type: {
      tensorType: { elemType: onnxType[dtype], shape: { dim: shape.map((size) => ({ dimValue: size })) } },
    },
  }
}

function attribute(name: string, value: OnnxAttribute): AttributeProto {
  if (typeof value === 'number') return { name, type: attributeTypes.INT, i: value }
  if (typeof value === 'string')
    return { name, type: attributeTypes.STRING, s: new TextEncoder().encode(value) }
  if ('float' in value) return { name, type: attributeTypes.FLOAT, f: value.float }
  if ('dtype' in value) {
    const t = { dataType: onnxType[value.dtype], dims: [1], rawData: encode(value.dtype, [value.fill]) }
    return { name, type: attributeTypes.TENSOR, t }
  }
  return { name, type: attributeTypes.INTS, ints: [...value] }
}

/** Little-endian bytes, as ONNX stores raw data. */
function encode(dtype: DType, values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(values.length * bytesPerElement[dtype])
  const view = new DataView(bytes.buffer)
  const size = bytesPerElement[dtype]
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0
    if (dtype === 'float64') view.setFloat64(i * size, value, true)
    else if (dtype === 'float32') view.setFloat32(i * size, value, true)
    else if (dtype === 'int64') view.setBigInt64(i * size, BigInt(value), true)
    else if (dtype === 'float16') throw new Error('float16 constants are not supported')
    else view.setUint8(i, value)
  }
  return bytes
}
