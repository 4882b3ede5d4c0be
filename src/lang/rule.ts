import { z } from 'zod'
import { currentOrigin } from '../ir/context.ts'
import type { SignalKind } from '../bundle/signals.ts'
import { argument, type Checks, nothingMore, options as checked } from './check.ts'
import { callback, count, inOrder, label, plain, shaped, signals } from './kinds.ts'
import type { Origin } from '../base/error.ts'
import type { Shape } from '../base/type.ts'
import type { Init } from './initializers.ts'
import type { Lesson } from './lesson.ts'
import type { Tensor } from './tensor.ts'

/**
 * Activity of one layer, by the name of the view it was computed from: each [images, …]. `rows` holds all
 * views one below the other, [views × images, …], in the order of the program. Where a layer cuts images into
 * patches, the activity above it has patches × images rows a view, the patches of one image together.
 */
export type Activity<View extends string> = Readonly<Record<View, Tensor>> & { readonly rows: Tensor }

export interface ParameterOptions {
  /** Default: uniform in ±1/√fan-in, the fan-in being the product of all sizes but the first. */
  readonly init?: Init
  /** The parameter's learning rate as a multiple of the program's; default 1. */
  readonly rate?: number
}

/** A layer as explicit plasticity sees it: what its weights read, what they make of it, and what comes out. */
export interface Synapses<View extends string = string> {
  /** Name of the layer. */
  readonly layer: string
  /** The layer's own activity; its gradient reaches the layer's parameters and stops there. */
  readonly out: Activity<View>
  /** Presynaptic activity: what the layer's weights read, maps [rows, channels, H, W] or [rows, features]. */
  readonly pre: Activity<View>
  /** What the weights and the bias make of it, before any nonlinearity or pooling. */
  readonly preactivation: Activity<View>
  /** [out, in, kh, kw] of a convolution, [out, in] of a linear layer. */
  readonly weight: Tensor
  /** [out], where the layer has one. */
  readonly bias: Tensor | undefined
  /**
   * The Hebbian term: post × pre, summed over rows (and positions), in the shape of the weights. `post` has the
   * shape of the preactivation, [rows, …]; `pre` is the layer's own presynaptic activity by default.
   */
  readonly correlate: (post: Tensor, pre?: Tensor) => Tensor
  /**
   * A signal on the layer's output, shaped as `out.rows`, as it acts on the preactivation: pooling hands it to
   * the unit that won (or to all, in equal parts, if it averages), the nonlinearity multiplies by ρ'(a).
   */
  readonly gate: (signal: Tensor) => Tensor
  /**
   * A signal on the preactivation carried down to the layer's input, shaped as `input.rows`, through `weights`:
   * by default the layer's own, transposed, which is what backpropagation does.
   */
  readonly feedback: (signal: Tensor, weights?: Tensor) => Tensor
}

/** What a rule sees of the network while it is traced for one layer. */
export interface RuleContext<View extends string = string> extends Synapses<View> {
  /** Name of the layer that learns; under global credit the top layer, in blocks the top of the block. */
  readonly layer: string
  /** Its place in the encoder, from 0. */
  readonly index: number
  /** Number of layers of the encoder. */
  readonly depth: number
  /** Number of images in a batch. */
  readonly images: number
  /** Number of classes that labels may have. */
  readonly classes: number
  /** Names of the views, in the order of the rows. */
  readonly views: readonly string[]
  /** What the layer (or block) reads: a constant to every gradient. */
  readonly input: Activity<View>
  /** Activity of the top layer of the encoder: a constant to every gradient. */
  readonly top: Activity<View>
  /** Activity of any layer, by name or place from 0: a constant to every gradient. */
  readonly of: (layer: string | number) => Activity<View>
  /** The layers of the block that learns, from its input up; under local credit the layer alone. */
  readonly layers: readonly Synapses<View>[]
  /** The block's output on another input [any rows, …], with the same parameters. */
  readonly apply: (input: Tensor) => Tensor
  /**
   * The block's output with parameters that follow the learned ones slowly, target ← decay · target + (1 - decay) ·
   * learned after each step; a constant to every gradient. It starts as a copy. A block has one target.
   */
  readonly target: (decay: number) => Activity<View>
  /**
   * The exponential moving average of one of the rule's parameters, average ← decay · average + (1 - decay) · learned
   * after each step; a constant to every gradient. It starts as a copy. A parameter has one average.
   */
  readonly average: (parameter: Tensor, decay: number) => Tensor
  /** Classes of the images, int64 [images], for supervised rules. */
  readonly labels: Tensor
  /**
   * Row indices int64 [count, views × images]: for each row, rows that show another image, drawn anew each
   * step. All layers of a step share them.
   */
  readonly negatives: (count?: number) => Tensor
  /** Uniform numbers in [0, 1), float32, drawn anew each step; layers that use the same name share them. */
  readonly uniform: (name: string, ...shape: number[]) => Tensor
  /** A parameter of this rule at this layer, taught by its loss: `conv3.clapp.projection`. */
  readonly parameter: (name: string, shape: Shape, options?: ParameterOptions) => Tensor
  /** Numbers that are drawn once and never learn, such as random feedback weights; a constant to gradients. */
  readonly fixed: (name: string, shape: Shape, options?: Pick<ParameterOptions, 'init'>) => Tensor
  /** The value that `x` had one step earlier (zeros at first); no gradient crosses it. */
  readonly previous: (name: string, x: Tensor) => Tensor
  /**
   * A value kept from step to step, zeros at first: returns `next` of the value before the step and keeps it for
   * the step to come. Gradients flow into what `next` adds, not into the past.
   */
  readonly memory: (name: string, shape: Shape, next: (before: Tensor) => Tensor) => Tensor
}

/** A learning rule: a name and a block update per layer, traced once over symbolic tensors. */
export interface Rule<View extends string = string> {
  /** What it is called in tables and in names of its parameters: `conv1.clapp.projection`. */
  readonly name: string
  /** Called once for each block that it teaches: a loss, one number, alone or with numbers to show, or explicit updates. */
  readonly teach: (context: RuleContext<View>) => Lesson
  /** What updates may read; undefined: anything. */
  readonly locality: readonly SignalKind[] | undefined
  /** What it cannot do without; undefined: nothing. */
  readonly needs?: RuleNeeds | undefined
  /** The line that made it. */
  readonly origin: Origin | undefined
}

/** The least that a rule can learn from. */
export interface RuleNeeds {
  /** Images in a batch. */
  readonly images?: number
  /** Channels or units of the activity that it teaches. */
  readonly units?: number
}

/** What `rule` takes beside its name and function. */
export interface RuleOptions {
  /**
   * The fewest images in a batch, and units in a layer, from which the rule can learn, `{ images: 2 }` where it tells
   * images apart. A program that has fewer does not compile. Default: 1 each.
   */
  readonly needs?: RuleNeeds | undefined
  /**
   * The signals that the updates of a layer may read, such as `['pre', 'post', 'top']`. Own parameters and
   * draws need not be named. Where a layer that learns alone reads anything else, the program does not compile.
   * Default: not checked.
   */
  readonly locality?: readonly SignalKind[]
}

const needsChecks: Checks<RuleNeeds> = { images: count.optional(), units: count.optional() }
const ruleChecks: Checks<RuleOptions> = {
  locality: signals.optional(),
  needs: z
    .custom<RuleNeeds>((value) => plain.safeParse(value).success, 'the least numbers: { images: 2 }')
    .optional(),
}
const teaching = callback<Rule['teach']>(
  'a function that returns a loss: ({ out }) => out.rows.square().mean()',
)

/** What `local`, `global` and `blocks` take. */
export const aRule = shaped<Rule>("a rule, such as clapp() of 'hebb/rules'", {
  name: label(),
  teach: teaching,
  locality: signals.optional(),
  needs: shaped<RuleNeeds>('the least numbers', needsChecks).optional(),
})

/**
 * Names a rule: `export const mine = () => rule('mine', ({ out }) => …, { locality: ['pre', 'post'] })`. It returns
 * a loss, one number, whose gradient teaches the layer; `{ loss, log: { similarity } }`, with numbers to show beside it; or
 * explicit `{ updates }`.
 */
export function rule<View extends string>(
  name: string,
  teach: (context: RuleContext<View>) => Lesson,
  options: RuleOptions = {},
  ...extra: readonly undefined[]
): Rule<View> {
  nothingMore('rule', extra)
  argument<unknown>('rule', 'teach', teaching, teach)
  const { locality, needs = {} } = checked('rule', ruleChecks, options)
  return {
    name: argument('rule', 'name', label(), name),
    teach,
    locality: locality && inOrder(locality),
    needs: checked('needs', needsChecks, needs),
    origin: currentOrigin(),
  }
}
