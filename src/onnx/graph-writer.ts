import { Constants } from './constants.ts'
import { NodeList, type Loop } from './node-list.ts'
import { valueInfo, type FreeAxis } from './parts.ts'
import { Tensors } from './tensors.ts'
import type { GraphProto, ValueInfo } from './proto.ts'
import type { Type } from '../base/type.ts'
import type { Value } from '../ir/emitter.ts'

/** Collects what is in one ONNX graph, or in the body of a loop in it. */
export class GraphWriter {
  readonly tensors: Tensors
  readonly constants: Constants
  readonly nodes: NodeList
  /** What each iteration leaves to the next, where this is the body of a loop. */
  private readonly states: ValueInfo[] = []
  private readonly inputs: ValueInfo[] = []
  private readonly outputs: ValueInfo[] = []
  /** Names of all of these. */
  private readonly listed = new Set<string>()

  /** Whether it says of which shape each value between inputs and outputs is. */
  private readonly tellsShapes: boolean

  /**
   * @param around the writer of the graph that this one is the body of a loop in; constants go there
   * @param tellsShapes false where shapes differ from run to run
   */
  constructor(around?: GraphWriter, tellsShapes = true) {
    this.tellsShapes = tellsShapes
    this.tensors = around?.tensors ?? new Tensors()
    this.constants = around?.constants ?? new Constants(this.tensors)
    this.nodes = new NodeList(this.tensors, around?.nodes)
  }

  reserve(name: string): string {
    return this.tensors.reserve(name)
  }

  /** @param first name of a further first axis, whose length each run chooses */
  input(name: string, type: Type, first?: FreeAxis): Value {
    return this.list(this.inputs, name, type, first)
  }

  /** What goes round the loop that this is the body of; its outputs begin with the new states, in the same order. */
  state(name: string, type: Type): Value {
    return this.list(this.states, name, type)
  }

  /** Declares a result; a value that already has another name, or is an input, is passed through Identity. */
  output(name: string, value: Value | undefined, type: Type, first?: FreeAxis): void {
    if (value === undefined) throw new Error(`output '${name}' was not computed`)
    if (value !== name) this.nodes.addIdentity(value, name)
    this.result(name, type, first)
  }

  /** Declares a result that a node makes under this name. */
  result(name: string, type: Type, first?: FreeAxis): Value {
    return this.list(this.outputs, name, type, first)
  }

  /**
   * Adds a loop. What its body reads of this graph beside states and items is the same in every iteration.
   *
   * @param inner made for this writer: the body, whose outputs are the new states and what is stacked, in this order
   */
  loop(name: string, inner: GraphWriter, loop: Loop): void {
    this.nodes.addLoop(name, { body: inner.body(`${name}/body`), count: inner.nodes.count }, loop)
  }

  finish(name: string, description: string): GraphProto {
    return { ...this.body(name), docString: description, initializer: this.constants.initializers }
  }

  /** Without constants: those of a loop's body are kept by the graph around it. */
  private body(name: string): GraphProto {
    const { nodes } = this.nodes
    const inner = nodes
      .flatMap(({ output }) => output ?? [])
      .flatMap((value) => {
        const type = this.listed.has(value) || !this.tellsShapes ? undefined : this.tensors.find(value)
        return type ? [valueInfo(value, type)] : []
      })
    return {
      name,
      node: nodes,
      input: [...this.states, ...this.inputs],
      output: this.outputs,
      valueInfo: inner,
    }
  }

  private list(list: ValueInfo[], name: string, type: Type, first?: FreeAxis): Value {
    this.listed.add(name)
    list.push(valueInfo(name, type, first))
    return this.tensors.declare(name, type)
  }
}
