import type { Shape } from '../base/type.ts'
import type { Init } from './initializers.ts'
import type { Tensor } from './tensor.ts'

/**
 * Makes a parameter of the layer being built, called after it: `conv1.weight`; a name that it has is numbered on. It is
 * of the activity's type.
 *
 * @param init how it starts; default: PyTorch's, uniform in ±1/√fan-in
 * @param fan the fan-in that its initializer sees; default: the product of all sizes but the first
 * @throws UserError where the name, a size or the initializer is none.
 */
export type MakeParameter = (name: string, shape: Shape, init?: Init, fan?: number) => Tensor

/** What the modules of a layer may ask for while the layer is built. */
export interface LayerScope {
  /** Makes a parameter of the layer, `parameter(name, shape, init)`. */
  readonly parameter: MakeParameter
  /** False where the frozen encoder makes features: running statistics count, and nothing is dropped. */
  readonly training: boolean
  /**
   * A value that the layer keeps, `start` everywhere at first. A training step replaces it by `next` of it; the
   * value of before the step is returned. No gradient crosses it.
   */
  readonly running: (name: string, shape: Shape, start: number, next: (before: Tensor) => Tensor) => Tensor
  /** Uniform numbers in [0, 1), drawn anew each step. */
  readonly uniform: (name: string, ...shape: number[]) => Tensor
  /** Tells the layer that it has this weighted connection, so that explicit rules can read and teach it. */
  readonly connect: (connection: Connection) => void
}

/** A weighted connection: what a convolution or a linear module makes of its input, before any nonlinearity. */
export interface Connection {
  /** [out, in, kh, kw] or [out, in]. */
  readonly weight: Tensor
  /** [out]; undefined: there is none. */
  readonly bias: Tensor | undefined
  /** What it reads: [rows, …]. */
  readonly pre: Tensor
  /** What it makes of it, bias included: [rows, …]. */
  readonly preactivation: Tensor
  /** The same connection, without the bias, on another input or with other weights. */
  readonly apply: (pre: Tensor, weight: Tensor) => Tensor
}
