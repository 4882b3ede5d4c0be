import { UserError, type Origin } from '../base/error.ts'
import { checkArgument, checkOptions, type Checks, type Fail } from '../base/check-options.ts'
import { currentOrigin } from '../ir/context.ts'
import { shown } from '../base/show.ts'
import type { z } from 'zod'

export { isPlain, type Checks } from '../base/check-options.ts'

/** How factories check what they are given: mistakes are told at the user's line. */

export interface Blame {
  readonly kind?: 'ProgramError' | 'RuleError' | 'TraceError' | 'LoweringError'
  readonly origin?: Origin | undefined
}

/**
 * A copy of the options, read once, in which all is as it should be.
 *
 * @throws UserError ('ProgramError' unless said otherwise) that names factory, option and value, at the user's line.
 */
export const options = <T extends object>(
  what: string,
  checks: Checks<NoInfer<T>>,
  given: T,
  blame?: Blame,
): T => checkOptions(what, checks, given, failing(blame))

/**
 * A value that is as it should be: an argument of a function, or one of its options.
 *
 * @throws UserError as `options` does.
 */
export const argument = <T>(what: string, name: string, check: z.ZodType<T>, given: T, blame?: Blame): T =>
  checkArgument(what, name, check, given, failing(blame))

/** For what a factory has no place for: it would be lost without a word. */
export function nothingMore(what: string, extra: readonly unknown[], blame?: Blame): void {
  const given = extra.find((value) => value !== undefined)
  if (given !== undefined) throw failing(blame)(`${what} has no use for ${shown(given)}`, 'leave it out')
}

const failing =
  (blame: Blame = {}): Fail =>
  (problem, help) => {
    const origin = 'origin' in blame ? blame.origin : currentOrigin()
    return new UserError(blame.kind ?? 'ProgramError', problem, { origin, help })
  }
