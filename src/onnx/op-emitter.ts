import { at } from '../base/lists.ts'
import { sizeOf } from '../base/shapes.ts'
import { elements, type Type } from '../base/type.ts'
import { LARGEST_STORED_FILL } from '../ops/leaf.ts'
import { GraphWriter } from './graph-writer.ts'
import { writeRegion } from './node-values.ts'
import type { OnnxAttribute, Value } from '../ir/emitter.ts'
import type { Emitter, Region } from '../ir/node.ts'

type Attributes = Readonly<Record<string, OnnxAttribute>>

/** What ops write to: nodes, constants and loops of a graph that is being written. */
export class OpEmitter implements Emitter {
  private readonly graph: GraphWriter

  constructor(graph: GraphWriter) {
    this.graph = graph
  }

  node(
    operator: string,
    inputs: readonly (Value | undefined)[],
    result: Type,
    attributes: Attributes = {},
  ): Value {
    const [value] = this.graph.nodes.add(operator, inputs, [result], attributes)
    return value
  }

  second(
    operator: string,
    inputs: readonly Value[],
    first: Type,
    second: Type,
    attributes: Attributes = {},
  ): Value {
    const [, value] = this.graph.nodes.add(operator, inputs, [first, second], attributes)
    if (value === undefined) throw new Error('a node lost its second result')
    return value
  }

  constant(type: Type, values: ArrayLike<number>): Value {
    const stored = this.graph.constants.store(type, values)
    return typeof stored === 'number' ? this.filled(type, stored) : stored
  }

  integers(values: readonly number[]): Value {
    return this.constant({ dtype: 'int64', shape: [values.length] }, values)
  }

  /** One value everywhere, made by the graph. */
  private filled({ dtype, shape }: Type, fill: number): Value {
    return this.graph.nodes.below('fill', () =>
      this.node('ConstantOfShape', [this.integers(shape)], { dtype, shape }, { value: { fill, dtype } }),
    )
  }

  private zeros(type: Type): Value {
    const count = elements(type.shape)
    return count > LARGEST_STORED_FILL ? this.filled(type, 0) : this.constant(type, new Float64Array(count))
  }

  scan(inputs: readonly Value[], whole: readonly Value[], body: Region, summed: number): readonly Value[] {
    const { tensors } = this.graph
    const inner = new GraphWriter(this.graph)
    const emitter = new OpEmitter(inner)
    const types = inputs.map((input) => tensors.typeOf(input))
    const count = sizeOf(at(types, 0).shape, 0)
    const items = types.map(({ dtype, shape }) =>
      inner.input(inner.nodes.unique('item'), { dtype, shape: shape.slice(1) }),
    )
    const results = writeRegion(body, [...items, ...whole], emitter)
    const sums = results.slice(0, summed).map((result) => {
      const type = tensors.typeOf(result)
      const before = inner.state(inner.nodes.unique('sum'), type)
      return { after: emitter.node('Add', [before, result], type), type }
    })
    for (const { after, type } of sums) inner.output(after, after, type)
    for (const result of results.slice(summed)) inner.output(result, result, tensors.typeOf(result))
    const name = this.graph.nodes.unique('Scan')
    const outputs = results.map((result, i): Value => {
      const { dtype, shape } = tensors.typeOf(result)
      return tensors.add(`${name}/result`, { dtype, shape: i < summed ? shape : [count, ...shape] })
    })
    const zeros = sums.map(({ type }) => this.zeros(type))
    this.graph.loop(name, inner, { inputs: [...zeros, ...inputs], outputs, scanned: inputs.length })
    return outputs
  }
}
