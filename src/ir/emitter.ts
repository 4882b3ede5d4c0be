import type { DType } from '../base/dtype.ts'
import type { Type } from '../base/type.ts'

/** Name of a tensor in the ONNX graph being written; only `onnx/` makes one up. */
export type Value = string & { readonly kind: 'onnx value' }

export type OnnxAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly fill: number; readonly dtype: DType }

/** What an op's `emit` writes to; `Body` is what it takes for the body of a loop. */
export interface EmitterOf<Body> {
  /** Adds a node of the standard operator set with one result. Numbers are integers unless `{ float }`. */
  node(
    operator: string,
    inputs: readonly (Value | undefined)[],
    result: Type,
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): Value
  /** Adds a node with two results and returns the second; the first is not used. */
  second(
    operator: string,
    inputs: readonly Value[],
    first: Type,
    second: Type,
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): Value
  /** A constant of the graph, of all its numbers or of the one that it repeats; equal constants are stored once. */
  constant(type: Type, values: ArrayLike<number>): Value
  /** A one-dimensional int64 constant, as axes and shapes are given. */
  integers(values: readonly number[]): Value
  /**
   * A loop over the first axis of the items; `body` is written for one of each, and for the whole values beside them. Of
   * its results the first `summed` are added up over all iterations, the others are stacked along a new first axis.
   */
  scan(items: readonly Value[], whole: readonly Value[], body: Body, summed: number): readonly Value[]
}
