import type { Tensor } from './tensor.ts'

/**
 * Numbers to show beside the loss, one of each for a step, by names that the rule gives them: `{ similarity, variance }`.
 * They are shown and teach nothing: no gradient comes of them, and no update reads them. Whole numbers and truths are shown
 * as numbers, true as 1; one that is not finite does not end a run.
 */
export type Log = Readonly<Record<string, Tensor>> & { readonly loss?: never }

/** A loss with numbers to show beside it. */
export interface LoggedLoss {
  /** One number, whose gradient teaches the layer. */
  readonly loss: Tensor
  /** Numbers to show, one of each for a step; default none. */
  readonly log?: Log
}

/**
 * Explicit plasticity: the direction in which each parameter moves, ΔW, in the parameter's shape. The optimizer
 * takes it as the negative of a gradient: plain `sgd` adds rate · ΔW. Names are `weight` and `bias` of the layer,
 * those of the rule's own parameters, or whole ones (`conv2.weight`) where a block has several layers.
 */
export interface Plasticity {
  /** ΔW by the parameters' names, each in the parameter's shape. */
  readonly updates: Readonly<Record<string, Tensor>>
  /** One number, shown as the layer's loss; it teaches those parameters that `updates` does not name. */
  readonly loss?: Tensor
  /** Numbers to show, one of each for a step; default none. */
  readonly log?: Log
}

/** What a rule returns: a loss, one number; a loss with numbers to show; or explicit updates. */
export type Lesson = Tensor | LoggedLoss | Plasticity
