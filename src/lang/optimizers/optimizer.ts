import { z } from 'zod'
import { didYouMean } from '../../base/near-names.ts'
import { UserError } from '../../base/error.ts'
import { zip } from '../../base/lists.ts'
import { callerOrigin, currentOrigin } from '../../ir/context.ts'
import { argument, nothingMore, options as checked, type Checks } from '../check.ts'
import { callback, finite, flag, identifier, label, list, shaped } from '../kinds.ts'
import { shown, shownText } from '../../base/show.ts'
import { returned, whyNot } from '../returned.ts'
import { schedule } from '../schedule.ts'
import { Tensor } from '../tensor.ts'
import { settingsOf, sharedChecks, treatmentOf, type ParameterInfo } from './settings.ts'
import type { Origin } from '../../base/error.ts'
import type { SharedOptions, SharedSettings } from './settings.ts'

import type { Rate } from '../../bundle/schema/rate.ts'

/** What one update of one parameter is computed from; rate and step are numbers of the step, in float64 and int64. */
export interface UpdateInputs {
  readonly parameter: Tensor
  readonly gradient: Tensor
  /** One tensor of the parameter's shape per name in `states`. */
  readonly states: readonly Tensor[]
  readonly rate: Tensor
  /** 1 at the first step. */
  readonly step: Tensor
  readonly of: ParameterInfo
}

/** An optimizer as the compiler takes it: what `optimizer` makes. */
export interface Optimizer {
  /** For tables and for names of its states. */
  readonly name: string
  /** Its numbers, for tables and reports. */
  readonly settings: Readonly<Record<string, number | boolean>>
  /** The learning rate, or its schedule. */
  readonly rate: Rate
  /** Names of what is kept from step to step, as in PyTorch's state dict. */
  readonly states: readonly string[]
  /** One step of one parameter: tensors of the parameter's shape in, and out. */
  update(inputs: UpdateInputs): { parameter: Tensor; states: readonly Tensor[] }
  /** What it was given that all optimizers take; undefined: nothing but a rate. */
  readonly shared?: SharedSettings | undefined
  /** Whether errors name the lines of `update`, which is the user's. */
  readonly tellsLines?: boolean | undefined
}

/** What `program` takes. */
export const anOptimizer = shaped<Optimizer>('an optimizer, such as adamw({ lr: 1e-3 })', {
  name: label(),
  settings: z.record(z.string(), z.union([finite, flag])),
  rate: schedule,
  states: list(label(), 'names').refine((names) => new Set(names).size === names.length),
  update: callback<Optimizer['update']>('a function'),
  shared: z.custom<SharedSettings>((value) => typeof value === 'object').optional(),
  tellsLines: flag.optional(),
})

/** What an update of one parameter sees. */
export interface Update<State extends string = string> extends ParameterInfo {
  /** Its value before the step. */
  readonly parameter: Tensor
  /** Of the loss by the parameter, clipped where that was asked for; of an explicit update, its negative. */
  readonly gradient: Tensor
  /** What was kept of the step before by these names, of the parameter's shape and type: zeros at first. */
  readonly states: Readonly<Record<State, Tensor>>
  /** The learning rate of the step, a float64 number: `rate.cast(parameter.dtype)` multiplies tensors. */
  readonly rate: Tensor
  /** The number of the step, an int64: 1 at the first. */
  readonly step: Tensor
  /** How much this parameter decays, as `weightDecay`, `noDecay`, `layers` and `parameters` say; else 0. */
  readonly weightDecay: number
}

/** What an update makes of a parameter. */
export interface Updated<State extends string = string> {
  /** Its value after the step. */
  readonly parameter: Tensor
  /** What is kept for the next step, by name; may be left out where there are no states. */
  readonly states?: Readonly<Record<State, Tensor>>
}

/** What `optimizer` takes beside its name. */
export interface OptimizerOptions<State extends string = string> extends SharedOptions {
  /** Its numbers, by name, for the manifest of the bundle: `{ beta1, beta2 }`. Default: none. */
  readonly settings?: Readonly<Record<string, number | boolean>>
  /** Names of what is kept from step to step. Default: nothing. */
  readonly states?: readonly State[]
  /** One step of one parameter, traced once for each: the new parameter and states, of the parameter's shape. */
  readonly update: (given: Update<State>) => Updated<State>
}

const numbersByName = z.record(
  identifier.refine((key) => key !== 'name'),
  z.union([finite, flag]),
  'numbers by name, none of them called name: { beta1: 0.9 }',
)

const checks: Checks<OptimizerOptions> = {
  ...sharedChecks,
  settings: numbersByName.optional(),
  states: list(identifier, "names, such as ['momentum']")
    .refine((names) => new Set(names).size === names.length, 'each name once')
    .optional(),
  update: callback<OptimizerOptions['update']>(
    'a function: ({ parameter, gradient, rate }) => ({ parameter: … })',
  ),
}

/**
 * An optimizer: how a step changes one parameter. `update` is traced once for each parameter that is taught, in any
 * shape. docs/optimizers.md writes Lion with it.
 *
 * @throws UserError ('ProgramError') where an option is not what it may be; when a program is compiled, where `update`
 * returns anything but the new value and a tensor for each of the states.
 */
export function optimizer<const State extends string = never>(
  name: string,
  options: OptimizerOptions<State>,
  ...extra: readonly undefined[]
): Optimizer {
  nothingMore('optimizer', extra)
  return { ...builtIn(name, options, callerOrigin()), tellsLines: true }
}

/** One of the compiler's own: graphs do not depend on the lines of its `update`. */
export function builtIn<const State extends string = never>(
  name: string,
  options: OptimizerOptions<State>,
  origin?: Origin,
): Optimizer
export function builtIn(name: string, options: OptimizerOptions, origin = currentOrigin()): Optimizer {
  const called = argument('optimizer', 'name', identifier, name)
  const what = `optimizer '${called}'`
  const { settings = {}, states = [], update, ...others } = checked(what, checks, options)
  const shared = settingsOf(what, others, origin)
  return {
    name: called,
    ...{ settings, rate: shared.lr, states, shared },
    update: ({ of, parameter, gradient, rate, step, states: kept }) => {
      const own = treatmentOf(shared, of)
      const updated: unknown = update({
        ...of,
        ...{ parameter, gradient, step, weightDecay: own.weightDecay },
        rate: own.rate === 1 ? rate : rate.mul(own.rate),
        states: Object.fromEntries(zip(states, kept)),
      })
      return inOrder(`${what}, for ${of.name},`, updated, states, origin)
    },
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Tensor)

/** What an update returned, its states as a list. @throws UserError ('ProgramError') where it is anything else. */
function inOrder(what: string, updated: unknown, states: readonly string[], origin: Origin | undefined) {
  const fail = (problem: string, help: string) =>
    new UserError('ProgramError', `${what} returned ${problem}`, { origin, help })
  const form = `{ parameter${states.length === 0 ? '' : `, states: { ${states.join(', ')} }`} }`
  if (!isRecord(updated) || updated instanceof Promise)
    throw fail(shown(updated), `return ${form}: the value after the step; ${whyNot(updated)}`)
  const known = ['parameter', 'states']
  const odd = Object.keys(updated).find((key) => !known.includes(key))
  if (odd !== undefined)
    throw fail(`'${shownText(odd)}', which nothing reads`, didYouMean(shownText(odd), known))
  const kept = updated.states === undefined && states.length === 0 ? {} : updated.states
  if (!isRecord(kept)) throw fail(`states that are ${shown(kept)}`, `return ${form}`)
  const stray = Object.keys(kept).find((state) => !states.includes(state))
  if (stray !== undefined)
    throw fail(
      `a state '${shownText(stray)}', which is not in its list`,
      states.length === 0
        ? `give the optimizer states: ['${shownText(stray)}']`
        : didYouMean(shownText(stray), states),
    )
  const value = (name: string, given: unknown): Tensor => returned(`${what} as ${name},`, given, { origin })
  return {
    parameter: value('parameter', updated.parameter),
    states: states.map((state) => value(`states.${state}`, kept[state])),
  }
}
