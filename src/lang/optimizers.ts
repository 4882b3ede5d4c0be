import { z } from 'zod'
import { UserError } from '../base/error.ts'
import { currentOrigin } from '../ir/context.ts'
import { type Checks, nothingMore, options as checked } from './check.ts'
import { callback, decay, finite, flag, label, list, notNegative, positive, shaped } from './kinds.ts'
import { rate, schedule } from './schedule.ts'
import type { Tensor } from './tensor.ts'
import type { Rate } from '../bundle/schema/rate.ts'

/** What one update of one parameter is computed from; rate and step are float64 numbers of the step. */
export interface UpdateInputs {
  readonly parameter: Tensor
  readonly gradient: Tensor
  /** One tensor of the parameter's shape per name in `states`. */
  readonly states: readonly Tensor[]
  readonly rate: Tensor
  /** 1 at the first step. */
  readonly step: Tensor
}

export interface Optimizer {
  readonly name: string
  readonly settings: Readonly<Record<string, number | boolean>>
  readonly rate: Rate
  /** Names of what is kept from step to step, as in PyTorch's state dict. */
  readonly states: readonly string[]
  update(inputs: UpdateInputs): { parameter: Tensor; states: readonly Tensor[] }
}

export const rateOf = (lr: number | Rate): Rate => (typeof lr === 'number' ? { kind: 'constant', lr } : lr)

/** One that this module makes, or one of the user's own. */
export const anOptimizer = shaped<Optimizer>('an optimizer, such as adamw({ lr: 1e-3 })', {
  name: label(),
  settings: z.record(z.string(), z.union([finite, flag])),
  rate: schedule,
  states: list(label(), 'names').refine((names) => new Set(names).size === names.length),
  update: callback<Optimizer['update']>('a function'),
})

export interface SgdOptions {
  readonly lr: number | Rate
  readonly momentum?: number
  readonly weightDecay?: number
  readonly nesterov?: boolean
}

const sgdChecks: Checks<SgdOptions> = {
  lr: rate,
  momentum: decay.optional(),
  weightDecay: notNegative.optional(),
  nesterov: flag.optional(),
}

/** torch.optim.SGD: decay is added to the gradient; buffer = momentum · buffer + gradient. */
export function sgd(options: SgdOptions, ...extra: readonly undefined[]): Optimizer {
  nothingMore('sgd', extra)
  const { lr, momentum = 0, weightDecay = 0, nesterov = false } = checked('sgd', sgdChecks, options)
  if (nesterov && momentum === 0)
    throw new UserError('ProgramError', 'nesterov needs momentum', {
      origin: currentOrigin(),
      help: 'add momentum: 0.9, or leave nesterov out',
    })
  return {
    name: 'sgd',
    settings: { momentum, weightDecay, nesterov },
    rate: rateOf(lr),
    states: momentum === 0 ? [] : ['momentum_buffer'],
    update: ({ parameter, gradient, states: [buffer], rate }) => {
      const lr = rate.cast(parameter.dtype)
      const decayed = weightDecay === 0 ? gradient : gradient.add(parameter.mul(weightDecay))
      if (!buffer) return { parameter: parameter.sub(decayed.mul(lr)), states: [] }
      const moved = buffer.mul(momentum).add(decayed)
      const direction = nesterov ? decayed.add(moved.mul(momentum)) : moved
      return { parameter: parameter.sub(direction.mul(lr)), states: [moved] }
    },
  }
}

export interface AdamOptions {
  readonly lr: number | Rate
  readonly betas?: readonly [number, number]
  readonly eps?: number
  readonly weightDecay?: number
}

const adamChecks: Checks<AdamOptions> = {
  lr: rate,
  betas: z.tuple([decay, decay], { error: 'two numbers, each from 0 up to, but not, 1' }).optional(),
  eps: positive.optional(),
  weightDecay: notNegative.optional(),
}

/** torch.optim.Adam (Kingma & Ba 2015): decay is added to the gradient. */
export const adam = (options: AdamOptions, ...extra: readonly undefined[]): Optimizer =>
  adamFamily('adam', options, extra, 0)

/** torch.optim.AdamW (Loshchilov & Hutter 2019): decay shrinks the parameter, default 0.01 as in PyTorch. */
export const adamw = (options: AdamOptions, ...extra: readonly undefined[]): Optimizer =>
  adamFamily('adamw', options, extra, 0.01)

function adamFamily(
  name: 'adam' | 'adamw',
  options: AdamOptions,
  extra: readonly undefined[],
  usualDecay: number,
): Optimizer {
  nothingMore(name, extra)
  const given = checked(name, adamChecks, options)
  const { lr, betas: [beta1, beta2] = [0.9, 0.999], eps = 1e-8, weightDecay = usualDecay } = given
  const decoupled = name === 'adamw'
  return {
    name,
    settings: { beta1, beta2, eps, weightDecay },
    rate: rateOf(lr),
    states: ['exp_avg', 'exp_avg_sq'],
    update: ({ parameter, gradient, states: [mean, square], rate, step }) => {
      if (!mean || !square) throw new Error(`${name} keeps two states`)
      // Bias corrections in float64: 1 - 0.999¹ would lose half its digits in float32.
      const time = step.cast('float64')
      const power = (beta: number) => (beta === 0 ? time.mul(0) : time.mul(Math.log(beta)).exp())
      const correction = (beta: number) => power(beta).neg().add(1)
      const rootCorrection = correction(beta2).sqrt()
      // √(square / c) + eps = (√square + eps √c) / √c: two passes over all numbers less.
      const stepSize = rate.div(correction(beta1)).mul(rootCorrection).cast(parameter.dtype)
      const smallest = rootCorrection.mul(eps).cast(parameter.dtype)
      const decay = rate.mul(-weightDecay).add(1).cast(parameter.dtype)

      const slope = decoupled || weightDecay === 0 ? gradient : gradient.add(parameter.mul(weightDecay))
      const newMean = mean.mul(beta1).add(slope.mul(1 - beta1))
      const newSquare = square.mul(beta2).add(slope.square().mul(1 - beta2))
      const denominator = newSquare.sqrt().add(smallest)
      const kept = decoupled && weightDecay !== 0 ? parameter.mul(decay) : parameter
      return { parameter: kept.sub(newMean.div(denominator).mul(stepSize)), states: [newMean, newSquare] }
    },
  }
}
