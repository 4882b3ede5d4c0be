import type { DType } from '../../base/dtype.ts'

/** What is read of an ONNX model: all that the compiler writes, and nothing else. */

/** A size is a number, or the name of one that each run chooses. */
export type Axis = number | string

export interface DeclaredType {
  readonly dtype: DType
  readonly shape: readonly Axis[]
}

/** Types by the names of values. */
export type Declared = ReadonlyMap<string, DeclaredType>

export interface StoredTensor {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
  /** Its numbers, little-endian; as many as the shape says. */
  readonly raw: Uint8Array
}

export type AttributeValue =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'whole'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'wholes'; readonly value: readonly number[] }
  | { readonly kind: 'tensor'; readonly value: StoredTensor }
  | { readonly kind: 'graph'; readonly value: ReadGraph }

export interface ReadNode {
  readonly name: string
  readonly operator: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: ReadonlyMap<string, AttributeValue>
}

/** A graph, or the body of a loop. */
export interface ReadGraph {
  readonly nodes: readonly ReadNode[]
  readonly constants: readonly StoredTensor[]
  readonly inputs: Declared
  readonly outputs: Declared
  /** Of values in between. */
  readonly values: Declared
}
