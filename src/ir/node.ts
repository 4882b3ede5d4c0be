import type { Origin } from '../error.ts'
import type { Type } from './type.ts'
import type { Emitter, Value } from './emitter.ts'

export type AttributeValue = string | number | boolean | readonly number[] | Float64Array
export type Attributes = Readonly<Record<string, AttributeValue | undefined>>

/** One operation of the intermediate representation: everything the compiler knows of it. */
export interface Op<A extends Attributes = Attributes> {
  readonly name: string
  /** Type of the result; throws a UserError where the operands do not fit. */
  infer(inputs: readonly Type[], attributes: A): Type
  /**
   * For each input, how its gradient follows from the gradient of the result; `undefined` where nothing flows
   * (indices, conditions). A result of broadcast shape is summed back by reverse mode, not here. An op
   * without this is not differentiable.
   */
  gradient?(node: Node<A>, upstream: Node): readonly ((() => Node) | undefined)[]
  /** Writes ONNX nodes and returns the value that holds the result. */
  emit(emitter: Emitter, node: Node<A>, inputs: readonly Value[]): Value
  /** Small cases on which tests check types, values on onnxruntime and gradients by finite differences. */
  readonly samples: readonly Sample<A>[]
}

export interface Sample<A extends Attributes = Attributes> {
  readonly inputs: readonly SampleInput[]
  readonly attributes: A
  /** The result at these inputs, where it can be written by hand. */
  readonly expect?: readonly number[]
}

/** Numbers given, or drawn by the test: `smooth` keeps them away from kinks at zero and from ties. */
export interface SampleInput extends Type {
  readonly values?: readonly number[]
  readonly range?: 'any' | 'smooth' | 'positive'
}

/** A typed value in a frozen directed acyclic graph. */
export interface Node<A extends Attributes = Attributes> extends Type {
  readonly op: Op<A>
  readonly inputs: readonly Node[]
  readonly attributes: A
  readonly origin: Origin | undefined
  /** Dotted name of the layer, rule or optimizer in which the node was made. */
  readonly scope: string
}
