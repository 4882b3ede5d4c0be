import type { Origin } from '../base/error.ts'
import type { DType } from '../base/dtype.ts'
import type { Type } from '../base/type.ts'
import type { EmitterOf, Value } from './emitter.ts'

export type AttributeValue = string | number | boolean | readonly number[] | Float64Array
export type Attributes = Readonly<Record<string, AttributeValue | undefined>>

/** What an op makes of numbers, element by element. */
export type Elementwise =
  | {
      readonly operands: 1
      readonly of: (x: number) => number
      /** Whether every provider rounds it alike, so that the compiler may compute it; functions such as exp it may not. */
      readonly exact: boolean
    }
  | { readonly operands: 2; readonly of: (a: number, b: number) => number }

/** What passes know of an op beside its types. Nothing has a default: a new op has to say. */
export interface Traits {
  /** Of one number or two; null where it is not element by element, or not on numbers alone. */
  readonly elementwise: Elementwise | null
  /** Where all operands hold one number everywhere, so does the result: a move, or an average. */
  readonly keepsNumber: boolean
  /** A result of as many numbers as its operand holds them in the same order. */
  readonly keepsOrder: boolean
  /** The result is zero everywhere where one of the operands at these positions is. */
  readonly zeroWith: readonly number[]
  /** Floating-point operations: a multiply and an add are two, moving data is none. */
  readonly work: (node: Node) => number
}

/** One operation of the intermediate representation: everything the compiler knows of it. */
export interface Op<A extends Attributes = Attributes> {
  readonly name: string
  readonly traits: Traits
  /** Whether its value comes from outside of the graph. */
  readonly given?: true
  /** Whether it takes one result out of several. */
  readonly selects?: true
  /** Type of the result, of several the first; throws a Misfit where the operands do not fit. */
  infer(inputs: readonly Operand[], attributes: A, regions: readonly Region[]): Type
  /** Types of all results, of an op that has several. */
  results?(inputs: readonly Operand[], attributes: A, regions: readonly Region[]): readonly [Type, ...Type[]]
  /**
   * For each input, how its gradient follows from the gradient of the result; `undefined` where nothing flows
   * (indices, conditions). A result of broadcast shape is summed back by reverse mode, not here. An op
   * without this is not differentiable.
   */
  gradient?(node: Node<A>, upstream: Node): readonly ((() => Node) | undefined)[]
  /** Writes ONNX nodes and returns the value that holds the result, or those of several. */
  emit(emitter: Emitter, node: Node<A>, inputs: readonly Value[]): Value | readonly Value[]
  /** Small cases on which tests check types, values on onnxruntime and gradients by finite differences. */
  readonly samples: readonly Sample<A>[]
}

export interface Sample<A extends Attributes = Attributes> {
  readonly inputs: readonly SampleInput[]
  readonly attributes: A
  /** In the precision that the inputs have. */
  readonly regions?: (dtype: DType) => readonly Region[]
  /** The result at these inputs, where it can be written by hand; of several one after the other. */
  readonly expect?: readonly number[]
}

/** Numbers given, or drawn by the test: `smooth` keeps them away from kinks at zero and from ties. */
export interface SampleInput extends Type {
  readonly values?: readonly number[]
  readonly range?: 'any' | 'smooth' | 'positive'
}

/** What an op is applied to. */
export interface Operand extends Type {
  /** Of a node with several results all their types, which only `resultOf` reads. */
  readonly results?: readonly Type[]
}

/** What a node was made for. */
export interface Label {
  /** Dotted name of the layer, rule or optimizer in which it was made. */
  readonly scope: string
  /** The layer of whose forward pass it is a part, also where that is applied once more. */
  readonly layer: string | undefined
  /** Of a part of a gradient: what it is the gradient of. */
  readonly derivativeOf: Label | undefined
}

/** A typed value in a frozen directed acyclic graph. */
export interface Node<A extends Attributes = Attributes> extends Operand, Label {
  readonly op: Op<A>
  readonly inputs: readonly Node[]
  readonly attributes: A
  /** What the op does, by graphs of their own: the body of a loop. They read nothing but their inputs. */
  readonly regions: readonly Region[]
  /** The user's line. */
  readonly origin: Origin | undefined
}

/** A node and the name that it has on the outside of a graph. */
export interface Binding {
  readonly name: string
  readonly node: Node
}

/** A graph with an inside: given values under names, and what it makes of them. */
export interface Region {
  /** Nodes that the graph is given under a name: inputs, and values that another graph computes. */
  readonly inputs: readonly Binding[]
  readonly outputs: readonly Binding[]
}

export type Emitter = EmitterOf<Region>
