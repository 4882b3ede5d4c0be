import { currentOrigin } from '../ir/context.ts'
import { signalKinds, signalNames, type SignalKind } from '../signals.ts'
import { choose, requireKnown } from './choose.ts'
import type { Origin } from '../error.ts'
import type { Shape } from '../ir/type.ts'
import type { Init } from './initializers.ts'
import type { Tensor } from './tensor.ts'

/**
 * Activity of one layer, by the name of the view it was computed from: each [images, …]. `rows` holds all
 * views one below the other, [views × images, …], in the order of the program.
 */
export type Activity<View extends string> = Readonly<Record<View, Tensor>> & { readonly rows: Tensor }

export interface ParameterOptions {
  /** Default: uniform in ±1/√fan-in, the fan-in being the product of all sizes but the first. */
  readonly init?: Init
  /** The parameter's learning rate as a multiple of the program's; default 1. */
  readonly rate?: number
}

/** What a rule sees of the network while it is traced for one layer. */
export interface RuleContext<View extends string = string> {
  /** Name of the layer that learns; under global credit the top layer, in blocks the top of the block. */
  readonly layer: string
  /** Its place in the encoder, from 0. */
  readonly index: number
  /** Number of layers of the encoder. */
  readonly depth: number
  /** Number of images in a batch. */
  readonly images: number
  /** The layer's own activity; its gradient reaches the layer's parameters and stops there. */
  readonly out: Activity<View>
  /** What the layer (or block) reads: a constant to every gradient. */
  readonly input: Activity<View>
  /** Activity of the top layer of the encoder: a constant to every gradient. */
  readonly top: Activity<View>
  /** Activity of any layer, by name or place from 0: a constant to every gradient. */
  readonly of: (layer: string | number) => Activity<View>
  /** Classes of the images, int64 [images], for supervised rules. */
  readonly labels: Tensor
  /**
   * Row indices int64 [count, views × images]: for each row, rows that show another image, drawn anew each
   * step. All layers of a step share them.
   */
  readonly negatives: (count?: number) => Tensor
  /** Uniform numbers in [0, 1), drawn anew each step; layers that use the same name share them. */
  readonly uniform: (name: string, ...shape: number[]) => Tensor
  /** A parameter of this rule at this layer, taught by its loss: `conv3.clapp.projection`. */
  readonly parameter: (name: string, shape: Shape, options?: ParameterOptions) => Tensor
  /** The value that `x` had one step earlier (zeros at first); no gradient crosses it. */
  readonly previous: (name: string, x: Tensor) => Tensor
}

/** A learning rule: a name and a loss per layer, traced once over symbolic tensors. */
export interface Rule<View extends string = string> {
  readonly name: string
  readonly loss: (context: RuleContext<View>) => Tensor
  /** What updates may read; undefined: anything. */
  readonly locality: readonly SignalKind[] | undefined
  readonly origin: Origin | undefined
}

export interface RuleOptions {
  /**
   * The signals that the updates of a layer may read, such as `['pre', 'post', 'top']`. Own parameters and
   * draws need not be named. Where a layer that learns alone reads anything else, the program does not compile.
   * Default: not checked.
   */
  readonly locality?: readonly SignalKind[]
}

/** Names a loss: `export const mine = () => rule('mine', ({ out }) => …, { locality: ['pre', 'post'] })`. */
export function rule<View extends string>(
  name: string,
  loss: (context: RuleContext<View>) => Tensor,
  options: RuleOptions = {},
): Rule<View> {
  requireKnown('rule', options, ['locality'])
  return { name, loss, locality: options.locality && requireSignals(options.locality), origin: currentOrigin() }
}

/** @throws UserError ('ProgramError') with a suggestion where a kind of signal is misspelt. */
export function requireSignals(kinds: readonly SignalKind[]): readonly SignalKind[] {
  for (const kind of kinds) choose('a signal of locality', kind, signalKinds)
  return signalNames.filter((kind) => kinds.includes(kind))
}
