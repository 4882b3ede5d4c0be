import type { Tensor } from '../tensor.ts'

/** Weight decay, in its two forms. */

/** Added to the gradient: that of the loss with half the square of the parameter times the decay. */
export const decayed = (parameter: Tensor, gradient: Tensor, weightDecay: number): Tensor =>
  weightDecay === 0 ? gradient : gradient.add(parameter.mul(weightDecay))

/** Decoupled from the gradient: the parameter times 1 - rate · decay. */
export const shrunk = (parameter: Tensor, rate: Tensor, weightDecay: number): Tensor =>
  weightDecay === 0 ? parameter : parameter.mul(rate.mul(-weightDecay).add(1).cast(parameter.dtype))
