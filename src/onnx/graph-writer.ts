import { bytesPerElement, type DType } from '../base/dtype.ts'
import { elements, type Type } from '../base/type.ts'
import { onnxType } from '../ops/cast.ts'
import { LARGEST_STORED_FILL } from '../ops/leaf.ts'
import { halfBits } from './half.ts'
import { Names } from './names.ts'
import { writeRegion } from './node-values.ts'
import {
  attributeTypes,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfo,
} from './proto.ts'
import type { OnnxAttribute, Value } from '../ir/emitter.ts'
import type { Emitter, Region } from '../ir/node.ts'

/** Collects the nodes, constants and names of one ONNX graph. */
export class GraphWriter implements Emitter {
  private readonly names: Names
  private readonly types: Map<string, Type>
  private readonly nodes: NodeProto[] = []
  private readonly constants: Map<string, { value: Value; tensor: TensorProto }>
  /** Results of loops, with the names that those who took one gave them; their own until then. */
  private readonly results = new Map<Value, Value>()
  /** What each iteration leaves to the next, where this is the body of a loop. */
  private readonly loopStates: ValueInfo[] = []
  private readonly graphInputs: ValueInfo[] = []
  private readonly graphOutputs: ValueInfo[] = []
  private readonly given = new Set<string>()
  private base = ''
  private origin = ''
  private innerNodes = 0

  /** @param around the writer of the graph that this one is the body of a loop in; constants go there */
  constructor(around?: GraphWriter) {
    this.names = around?.names ?? new Names()
    this.types = around?.types ?? new Map<string, Type>()
    this.constants = around?.constants ?? new Map<string, { value: Value; tensor: TensorProto }>()
    this.base = around?.base ?? ''
    this.origin = around?.origin ?? ''
  }

  /** @param stacked one value per step, along a first axis whose length each run chooses */
  input(name: string, type: Type, stacked = false): Value {
    this.given.add(name)
    this.graphInputs.push(valueInfo(name, type, stacked))
    return this.typed(name, type)
  }

  reserve(name: string): string {
    return this.names.reserve(name)
  }

  /**
   * Runs the lowering of one node: what it adds is labelled with the origin and named below `base`; the result
   * itself is called `base`, or `output` where it leaves the graph under that name. Several are named by who takes one.
   */
  within(
    base: string,
    origin: string,
    output: string | undefined,
    lower: () => Value | readonly Value[],
  ): Value | readonly Value[] {
    this.base = base
    this.origin = origin
    const start = this.nodes.length
    const value = lower()
    if (typeof value !== 'string') return value
    const taken = this.results.get(value)
    if (taken !== undefined && taken !== value) return taken
    const from = taken === value ? 0 : start
    const producer = this.nodes.slice(from).find((node) => node.output?.includes(value))
    const type = this.types.get(value)
    if (!producer || !type) return value
    const name = output ?? this.names.unique(base)
    producer.output = producer.output?.map((result) => (result === value ? name : result)) ?? []
    if (producer.output.length === 1) producer.name = name
    this.types.delete(value)
    const named = this.typed(name, type)
    if (taken === value) this.results.set(value, named)
    return named
  }

  scan(inputs: readonly Value[], whole: readonly Value[], body: Region, summed: number): readonly Value[] {
    const inner = new GraphWriter(this)
    const types = inputs.map((input) => this.typeOf(input))
    const [count = 0] = types[0]?.shape ?? []
    const items = types.map(({ dtype, shape }) =>
      inner.input(this.names.unique(`${this.base}/item`), { dtype, shape: shape.slice(1) }),
    )
    const results = writeRegion(body, [...items, ...whole], inner)
    const states = results.slice(0, summed).map((result) => inner.addedUp(result))
    for (const { after, type } of states) inner.output(after, after, type)
    for (const result of results.slice(summed)) inner.output(result, result, this.typeOf(result))
    this.innerNodes += inner.nodeCount
    const name = this.names.unique(`${this.base}/Scan`)
    const outputs = results.map((result, i): Value => {
      const { dtype, shape } = this.typeOf(result)
      return this.typed(this.names.unique(`${name}/result`), {
        dtype,
        shape: i < summed ? shape : [count, ...shape],
      })
    })
    for (const output of outputs) this.results.set(output, output)
    const zeros = states.map(({ type }) =>
      elements(type.shape) > LARGEST_STORED_FILL
        ? this.filled(type, 0)
        : this.constant(type, new Float64Array(elements(type.shape))),
    )
    this.addScan(name, inner, { inputs: [...zeros, ...inputs], outputs, scanned: inputs.length })
    return outputs
  }

  /** Makes a value of this loop's body a sum over its iterations. */
  private addedUp(value: Value): { readonly after: Value; readonly type: Type } {
    const type = this.typeOf(value)
    const name = this.names.unique(`${this.base}/sum`)
    this.given.add(name)
    this.loopStates.push(valueInfo(name, type))
    const before = this.typed(name, type)
    return { after: this.node('Add', [before, value], type), type }
  }

  /**
   * The whole graph as a loop over steps. Each state is a value that a step leaves to the next, and what is read
   * (or given) once per step is stacked along a new first axis. What the body reads of this graph beside them
   * is the same in every step.
   *
   * @param inner made for this writer; its inputs are the states and what is scanned, its outputs the new states and
   *   what is stacked, in this order
   */
  steps(
    inner: GraphWriter,
    states: readonly Value[],
    scanned: readonly Value[],
    outputs: readonly { readonly name: string; readonly type: Type }[],
  ): void {
    for (const [i, { name, type }] of outputs.entries()) {
      this.given.add(name)
      this.graphOutputs.push(valueInfo(name, type, i >= states.length))
    }
    this.addScan('steps', inner, {
      inputs: [...states, ...scanned],
      outputs: outputs.map(({ name }) => name),
      scanned: scanned.length,
    })
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
    const [only] = Array.from({ length: 1 }, (_, i) => values[i])
    if (only !== undefined && values.length < elements(shape)) return this.filled({ dtype, shape }, only)
    const data = encode(dtype, values)
    const key = `${dtype}[${shape.join(',')}]${Buffer.from(data).toString('latin1')}`
    const known = this.constants.get(key)
    if (known) return known.value
    const [first = 0] = Array.from({ length: Math.min(1, values.length) }, (_, i) => values[i])
    if (
      values.length > LARGEST_STORED_FILL &&
      Array.prototype.every.call(values, (value) => value === first)
    ) {
      return this.filled({ dtype, shape }, first)
    }
    const name = this.names.unique(
      elements(shape) === 1 ? `constant/${Number(values[0])}` : `constant/${dtype}_${shape.join('x')}`,
    )
    const tensor = { name, dataType: onnxType[dtype], dims: [...shape], rawData: data }
    const value = this.typed(name, { dtype, shape })
    this.constants.set(key, { value, tensor })
    return value
  }

  /** One value everywhere, made by the graph. */
  private filled({ dtype, shape }: Type, fill: number): Value {
    const { base } = this
    this.base = `${base}/fill`
    const value = this.node(
      'ConstantOfShape',
      [this.integers(shape)],
      { dtype, shape },
      { value: { fill, dtype } },
    )
    this.base = base
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
    return { ...this.body(name), docString: description, initializer: stored }
  }

  /** Without constants: those of a loop's body are kept by the graph around it. */
  private body(name: string): GraphProto {
    const inner = this.nodes
      .flatMap(({ output }) => output ?? [])
      .flatMap((value) => {
        const type = this.given.has(value) ? undefined : this.types.get(value)
        return type ? [valueInfo(value, type)] : []
      })
    return {
      name,
      node: this.nodes,
      input: [...this.loopStates, ...this.graphInputs],
      output: this.graphOutputs,
      valueInfo: inner,
    }
  }

  /** Nodes of the graph and of the loops in it. */
  get nodeCount(): number {
    return this.nodes.length + this.innerNodes
  }

  private add(
    operator: string,
    inputs: readonly (Value | undefined)[],
    results: readonly [Type, ...Type[]],
    attributes: Readonly<Record<string, OnnxAttribute>>,
  ): [Value, ...Value[]] {
    const operands = inputs.map((input) => input ?? '')
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

  private addScan(
    name: string,
    inner: GraphWriter,
    loop: {
      readonly inputs: readonly string[]
      readonly outputs: readonly string[]
      readonly scanned: number
    },
  ): void {
    const node: NodeProto = {
      opType: 'Scan',
      name,
      input: [...loop.inputs],
      output: [...loop.outputs],
      attribute: [
        { name: 'body', type: attributeTypes.GRAPH, g: inner.body(`${name}/body`) },
        attribute('num_scan_inputs', loop.scanned),
      ],
      ...(this.origin === '' ? {} : { docString: this.origin }),
    }
    this.nodes.push(node)
  }

  private typeOf(value: Value): Type {
    const type = this.types.get(value)
    if (!type) throw new Error(`'${value}' has no type`)
    return type
  }

  private typed(name: string, type: Type): Value {
    this.types.set(name, type)
    return name as Value
  }
}

function valueInfo(name: string, { dtype, shape }: Type, stacked = false): ValueInfo {
  const sizes = shape.map((size) => ({ dimValue: size }))
  const dim = stacked ? [{ dimParam: 'steps' }, ...sizes] : sizes
  return { name, type: { tensorType: { elemType: onnxType[dtype], shape: { dim } } } }
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
    else if (dtype === 'float16') view.setUint16(i * size, halfBits(value), true)
    else view.setUint8(i, value)
  }
  return bytes
}
