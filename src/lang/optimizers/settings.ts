import { z } from 'zod'
import { UserError } from '../../base/error.ts'
import { options as checked, type Checks } from '../check.ts'
import { callback, notNegative, positive } from '../kinds.ts'
import { rate } from '../schedule.ts'
import { anAverage, type Average } from './average.ts'
import { shown } from '../../base/show.ts'
import type { Origin } from '../../base/error.ts'
import type { Rate } from '../../bundle/schema/rate.ts'
import type { Shape } from '../../base/type.ts'

/** What an optimizer is told of a parameter beside its value. */
export interface ParameterInfo {
  /** Its whole name, such as `conv1.weight` or `conv1.clapp.projection`. */
  readonly name: string
  /** The layer that it belongs to: its own, or the one whose rule has it. */
  readonly layer: string
  /** Its sizes: [out, in, kh, kw] of a convolution, [out, in] of a linear layer, [out] of a bias. */
  readonly shape: Shape
}

/** How gradients are shortened before the optimizer sees them. */
export type Clip = { readonly norm: number } | { readonly value: number }

/** What a layer, or a parameter, has otherwise than the others. */
export interface OwnSettings {
  /**
   * Its learning rate where that of the others is `lr`, or the largest of `lr`'s schedule; a schedule takes the same
   * course, as it does with PyTorch's parameter groups.
   */
  readonly lr?: number
  /** In place of the optimizer's. */
  readonly weightDecay?: number
}

/** What every optimizer takes. */
export interface SharedOptions {
  /** The learning rate: a number above 0, or a schedule, such as rates.cosine(1e-3). */
  readonly lr: number | Rate
  /** What pulls parameters towards zero, as PyTorch's; default 0, of `adamw` 0.01. */
  readonly weightDecay?: number
  /**
   * Parameters without weight decay: all of one axis ('biases and norms': biases, scales and shifts), or those of which
   * a function says true. It is asked once for each parameter while the program is compiled.
   */
  readonly noDecay?: 'biases and norms' | ((parameter: ParameterInfo) => boolean)
  /** By names of layers: `{ conv1: { lr: 1e-4, weightDecay: 0 } }`, for parameters of their rule, too. */
  readonly layers?: Readonly<Record<string, OwnSettings>>
  /** By whole names of parameters, `{ 'conv1.bias': { weightDecay: 0 } }`. They count before `layers` and `noDecay`. */
  readonly parameters?: Readonly<Record<string, OwnSettings>>
  /**
   * `{ norm: 1 }`: gradients that learn from one loss together are scaled to a length of at most 1, as by
   * torch.nn.utils.clip_grad_norm_: all of a layer under `local`, of a block under `blocks`, of the encoder under
   * `global`. `{ value: 0.5 }`: each of their elements is held to ±0.5.
   */
  readonly clip?: Clip
  /** An average of the weights that is kept beside them: ema() or swa(). */
  readonly average?: Average
}

const isClip = (value: unknown): value is Clip =>
  z.union([z.strictObject({ norm: positive }), z.strictObject({ value: positive })]).safeParse(value).success

const byName = (example: string) =>
  z.custom<Readonly<Record<string, OwnSettings>>>(
    (value) => z.record(z.string(), z.unknown()).safeParse(value).success,
    `settings by name: ${example}`,
  )

/** What each option that all optimizers take may be, for `check.options` of an optimizer of one's own. */
export const sharedChecks: Checks<SharedOptions> = {
  lr: rate,
  weightDecay: notNegative.optional(),
  noDecay: z
    .union(
      [z.literal('biases and norms'), callback<(parameter: ParameterInfo) => boolean>('a function')] as const,
      "'biases and norms', or a function of a parameter: ({ name, shape }) => shape.length < 2",
    )
    .optional(),
  layers: byName('{ conv1: { lr: 1e-4, weightDecay: 0 } }').optional(),
  parameters: byName("{ 'conv1.bias': { weightDecay: 0 } }").optional(),
  clip: z.custom<Clip>(isClip, 'one of { norm: 1 } and { value: 0.5 }, a number above 0').optional(),
  average: anAverage.optional(),
}

const ownChecks: Checks<OwnSettings> = { lr: positive.optional(), weightDecay: notNegative.optional() }

/** What the compiler knows of an optimizer's settings, checked. */
export interface SharedSettings extends Omit<SharedOptions, 'lr' | 'weightDecay'> {
  readonly lr: Rate
  readonly weightDecay: number
  /** Where it was made. */
  readonly origin: Origin | undefined
}

export const rateOf = (lr: number | Rate): Rate => (typeof lr === 'number' ? { kind: 'constant', lr } : lr)

/** @throws UserError ('ProgramError') where settings of a layer or a parameter are not what they may be. */
export function settingsOf(
  what: string,
  { lr, weightDecay = 0, layers = {}, parameters = {}, ...rest }: SharedOptions,
  origin: Origin | undefined,
): SharedSettings {
  const own = (option: string, given: Readonly<Record<string, OwnSettings>>) =>
    Object.fromEntries(
      Object.entries(given).map(([name, settings]) => [
        name,
        checked(`${what}: ${option} ${shown(name)}`, ownChecks, settings),
      ]),
    )
  return {
    ...rest,
    ...{ lr: rateOf(lr), weightDecay, origin },
    ...{ layers: own('layers', layers), parameters: own('parameters', parameters) },
  }
}

/** What one parameter's update goes by. */
export interface Treatment {
  /** Its learning rate as a multiple of the optimizer's. */
  readonly rate: number
  readonly weightDecay: number
}

/** A parameter's own settings count before its layer's, and those before all others'. */
export function treatmentOf(settings: SharedSettings, of: ParameterInfo): Treatment {
  const { lr, layers = {}, parameters = {} } = settings
  const [own, layer] = [entry(parameters, of.name), entry(layers, of.layer)]
  const masked = own.weightDecay === undefined && isMasked(settings, of)
  return {
    rate: (own.lr ?? layer.lr ?? lr.lr) / lr.lr,
    weightDecay: masked ? 0 : (own.weightDecay ?? layer.weightDecay ?? settings.weightDecay),
  }
}

const entry = (settings: Readonly<Record<string, OwnSettings>>, name: string): OwnSettings =>
  Object.entries(settings).find(([key]) => key === name)?.[1] ?? {}

/** Whether `noDecay` takes the decay from a parameter. */
export function isMasked({ noDecay, origin }: SharedSettings, of: ParameterInfo): boolean {
  if (noDecay === undefined) return false
  if (noDecay === 'biases and norms') return of.shape.length < 2
  const said: unknown = noDecay({ ...of, shape: [...of.shape] })
  if (typeof said === 'boolean') return said
  throw new UserError('ProgramError', `noDecay returned ${shown(said)} for ${of.name}`, {
    origin,
    help: 'return true where the parameter shall not decay, and false elsewhere',
  })
}
