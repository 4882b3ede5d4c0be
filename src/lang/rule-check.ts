import { callerOrigin } from '../ir/context.ts'
import * as check from './check.ts'
import { aRule, type Rule } from './rule.ts'
import { returned as returnedTensor } from './returned.ts'
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
export {
  count,
  whole,
  finite,
  positive,
  notNegative,
  fraction,
  decay,
  share,
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
