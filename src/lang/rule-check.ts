import { UserError } from '../base/error.ts'
import { callerOrigin, currentOrigin } from '../ir/context.ts'
import * as check from './check.ts'
import { aRule, type Rule } from './rule.ts'
import { returned as returnedTensor } from './returned.ts'
import { kindOf } from './kinds.ts'
import { shown } from '../base/show.ts'
import type { Checks } from './check.ts'
import type { Tensor } from './tensor.ts'
import type { z } from 'zod'

/**
 * How rules check what they are given, as the compiler's own factories do. Messages show the line that calls the
 * rule, not the rule's own.
 *
 *     const checks: check.Checks<MineOptions> = { margin: check.notNegative.optional() }
 *     const { margin = 1 } = check.options('mine', checks, given)
 */
export type { Checks } from './check.ts'
export { sharedChecks as shared } from './optimizers/settings.ts'
export {
  count,
  whole,
  finite,
  positive,
  notNegative,
  fraction,
  decay,
  share,
  between,
  flag,
  oneOf,
  either,
  list,
  callback,
} from './kinds.ts'

/**
 * The options, each as its check has it.
 *
 * @param extra what the rule was given behind them, `...extra`: refused
 * @throws UserError ('ProgramError') where one is misspelt, missing or not what it may be.
 */
export const options = <T extends object>(
  rule: string,
  checks: Checks<NoInfer<T>>,
  given: T,
  extra: readonly unknown[] = [],
): T => {
  nothingMore(rule, extra)
  return check.options(rule, checks, given, { origin: callerOrigin() })
}

/** What an option may be whose default is a number, true or false, text, or a list of numbers. */
export type Default = number | boolean | string | readonly number[]

/** Options of these defaults: any number in the place of 25. */
export type Options<Defaults> = {
  readonly [Name in keyof Defaults]: Defaults[Name] extends number
    ? number
    : Defaults[Name] extends boolean
      ? boolean
      : Defaults[Name] extends string
        ? string
        : readonly number[]
}

/**
 * The options of a rule, those that are not given by their defaults, which say what each may be: a finite number, true or
 * false, text, or a list of numbers. What must be more than that (above 0, one of three words) has a check of its own:
 * `options`.
 *
 *     export const mine = (given: { readonly margin?: number } = {}) => {
 *       const { margin } = check.withDefaults('mine', { margin: 1 }, given)
 *
 * @throws UserError ('ProgramError') at the line that calls the rule, where an option is misspelt or of another kind.
 */
export function withDefaults<Defaults extends Readonly<Record<string, Default>>>(
  rule: string,
  defaults: Defaults,
  given: Partial<Options<NoInfer<Defaults>>>,
): Options<Defaults> {
  const names = Object.keys(defaults) as (keyof Defaults)[]
  const kinds: Partial<Record<keyof Defaults, z.ZodType>> = {}
  for (const name of names) kinds[name] = kindOfDefault(rule, String(name), defaults[name]).optional()
  const checks = kinds as Checks<Partial<Options<Defaults>>>
  const checked = check.options(rule, checks, given, { origin: callerOrigin() })
  return { ...(defaults as Options<Defaults>), ...checked }
}

function kindOfDefault(rule: string, name: string, value: unknown): z.ZodType {
  const kind = kindOf(value)
  if (kind) return kind
  throw new UserError('ProgramError', `${rule}: the default of ${name} is ${shown(value)}`, {
    origin: currentOrigin(),
    help: 'give a number, true or false, text, or a list of numbers',
  })
}

/** As `options`, of one argument. */
export const argument = <T>(rule: string, name: string, kind: z.ZodType<T>, given: T): T =>
  check.argument(rule, name, kind, given, { origin: callerOrigin() })

/** For a rule without options. */
export const nothingMore = (rule: string, extra: readonly unknown[]): void => {
  check.nothingMore(rule, extra, { origin: callerOrigin() })
}

/** Another rule, as the only argument. */
export function rule<View extends string>(
  what: string,
  given: Rule<View>,
  extra: readonly unknown[],
): Rule<View> {
  nothingMore(what, extra)
  check.argument<unknown>(what, 'loss', aRule, given, { origin: callerOrigin() })
  return given
}

/** What a function of the user's returned, where a tensor is wanted. */
export const returned = (what: string, value: unknown): Tensor =>
  returnedTensor(what, value, { kind: 'RuleError' })
