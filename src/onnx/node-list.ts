import { attribute } from './parts.ts'
import { attributeTypes, type GraphProto, type NodeProto } from './proto.ts'
import type { Tensors } from './tensors.ts'
import type { Type } from '../base/type.ts'
import type { OnnxAttribute, Value } from '../ir/emitter.ts'

/** Nodes of one ONNX graph, named after those of the compiler that they are the lowering of. */
export class NodeList {
  readonly nodes: NodeProto[] = []
  private readonly tensors: Tensors
  /** Results of loops, with the names that those who took one gave them; their own until then. */
  private readonly results = new Map<Value, Value>()
  private base: string
  private origin: string
  private innerNodes = 0

  /** @param around the nodes of the graph that these are the body of a loop in */
  constructor(tensors: Tensors, around?: NodeList) {
    this.tensors = tensors
    this.base = around?.base ?? ''
    this.origin = around?.origin ?? ''
  }

  /** How many, with those of the loops among them. */
  get count(): number {
    return this.nodes.length + this.innerNodes
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
    const type = this.tensors.find(value)
    if (!producer || !type) return value
    const name = output ?? this.tensors.unique(base)
    producer.output = producer.output?.map((result) => (result === value ? name : result)) ?? []
    if (producer.output.length === 1) producer.name = name
    this.tensors.forget(value)
    const named = this.tensors.declare(name, type)
    if (taken === value) this.results.set(value, named)
    return named
  }

  /** What is added is named below a part of the node that is being lowered. */
  below<Result>(part: string, lower: () => Result): Result {
    const { base } = this
    this.base = `${base}/${part}`
    const result = lower()
    this.base = base
    return result
  }

  /** A name for what belongs to the node that is being lowered. */
  unique(what: string): string {
    return this.tensors.unique(`${this.base}/${what}`)
  }

  add(
    operator: string,
    inputs: readonly (Value | undefined)[],
    results: readonly [Type, ...Type[]],
    attributes: Readonly<Record<string, OnnxAttribute>>,
  ): [Value, ...Value[]] {
    const name = this.unique(operator)
    const [first, ...rest] = results
    const values: [Value, ...Value[]] = [
      this.tensors.declare(name, first),
      ...rest.map((type, i) => this.tensors.add(`${name}.${i + 1}`, type)),
    ]
    this.push({
      opType: operator,
      name,
      input: inputs.map((input) => input ?? ''),
      output: [...values],
      attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
    })
    return values
  }

  /** @param count nodes of the body, and of the loops in it */
  addLoop(
    name: string,
    { body, count }: { readonly body: GraphProto; readonly count: number },
    loop: Loop,
  ): void {
    for (const output of loop.outputs) this.results.set(output, output)
    this.innerNodes += count
    this.push({
      opType: 'Scan',
      name,
      input: [...loop.inputs],
      output: [...loop.outputs],
      attribute: [
        { name: 'body', type: attributeTypes.GRAPH, g: body },
        attribute('num_scan_inputs', loop.scanned),
      ],
    })
  }

  /** The same value under another name. */
  addIdentity(value: Value, name: string): void {
    this.nodes.push({ opType: 'Identity', name, input: [value], output: [name] })
  }

  private push(node: NodeProto): void {
    this.nodes.push(this.origin === '' ? node : { ...node, docString: this.origin })
  }
}

/** What goes into a loop and comes out. */
export interface Loop {
  /** The states as they start, then what is scanned. */
  readonly inputs: readonly Value[]
  /** The last states, then what is stacked. */
  readonly outputs: readonly Value[]
  /** How many inputs are scanned. */
  readonly scanned: number
}
