import { z } from 'zod'
import { UserError, type Origin } from '../../base/error.ts'
import { currentOrigin } from '../../ir/context.ts'
import { argument, isPlain, nothingMore } from '../check.ts'
import { callback, kindOf, label, list, oneOf, shaped } from '../kinds.ts'
import { shown, shownText } from '../../base/show.ts'
import type { DeclaredOption, Option, OptionValue } from './values.ts'

type Check = z.ZodType<OptionValue>

const aCheck = shaped<Pick<Check, 'safeParse'>>("a check, such as check.positive with check from 'hebb'", {
  safeParse: callback<Check['safeParse']>('a function'),
})
const anOption = shaped<Pick<Option<OptionValue>, 'check' | 'default'>>('what option(…) returned', {
  check: z.custom<Check>((value) => aCheck.safeParse(value).success),
  default: z.custom<OptionValue>((value) => value !== undefined),
})

/** Names that a command line and JSON can have as they are. */
const aName = z.custom<string>(
  (value) => typeof value === 'string' && /^\p{L}[\p{L}\p{N}_]{0,63}$/u.test(value),
  'a name: at most 64 letters, digits and _, starting with a letter',
)

/**
 * An option that must be more than its default says: `program.options({ lr: option(2e-4, check.positive) }, …)`. Checks
 * are those of rules: `check.positive`, `check.whole(1, 8)`, `check.between(0.5, 2)`, …
 *
 * @param value its default
 * @param kind what it may be
 * @throws UserError ('ProgramError') where the default itself is not what it may be.
 */
export function option<Value extends OptionValue>(
  value: NoInfer<Value>,
  kind: z.ZodType<Value>,
  ...extra: readonly undefined[]
): Option<Value> {
  nothingMore('option', extra)
  argument<unknown>('option', 'check', aCheck, kind)
  return { default: argument('option', 'default', kind, value), check: kind, origin: currentOrigin() }
}

/**
 * Options as a program declares them, in their order.
 *
 * @throws UserError ('ProgramError') where a name or a default is none.
 */
export function declare(given: unknown, origin: Origin | undefined): readonly DeclaredOption[] {
  const fail = (problem: string, help: string) =>
    new UserError('ProgramError', `program.options: ${problem}`, { origin, help })
  if (!isPlain(given))
    throw fail(`the options are ${shown(given)}`, 'give them by their defaults: { lr: 1e-3 }')
  return Object.entries(given).map(([name, declared]: [string, unknown]) => {
    if (!aName.safeParse(name).success)
      throw fail(`an option is called '${shownText(name)}'`, `give it ${nameHelp}`)
    const found = described(declared)
    if (!found) throw fail(`${name} is ${shown(declared)}`, `give ${declarations}`)
    return { name, ...found, takes: wordsFor(found.check), origin: found.origin ?? origin }
  })
}

const nameHelp = 'a name of at most 64 letters, digits and _, starting with a letter'
const declarations =
  'its default (a number, true or false, text, a list of numbers), the words that it may be, or option(default, check)'

type Described = Pick<DeclaredOption, 'default' | 'words' | 'check' | 'origin'>

/** Undefined where nobody can say what the option may be. */
function described(declared: unknown): Described | undefined {
  const words = someWords.safeParse(declared)
  if (words.success) {
    const check: Check = oneOf(...words.data)
    return { default: words.data[0], words: words.data, check, origin: undefined }
  }
  if (anOption.safeParse(declared).success) {
    const { default: value, check, origin } = declared as Option<OptionValue>
    return { default: value, words: undefined, check, origin }
  }
  const check = kindOf(declared)
  const value = check?.safeParse(declared)
  return check && value?.success === true
    ? { default: value.data, words: undefined, check, origin: undefined }
    : undefined
}

const someWords = z.custom<readonly [string, ...string[]]>(
  (value) =>
    Array.isArray(value) &&
    list(label(64), 'words', 1).safeParse(value).success &&
    new Set(value).size === value.length,
)

/** What a check asks for, as its message has it. */
const wordsFor = (check: Check): string => check.safeParse(undefined).error?.issues[0]?.message ?? 'anything'

/**
 * A value that an option may be.
 *
 * @param what who is given it, for the message
 * @param origin the line to name where it may not; default: the one that declares the option
 * @throws UserError ('ProgramError')
 */
export const checkedOption = (
  what: string,
  option: DeclaredOption,
  given: unknown,
  origin: Origin | undefined = option.origin,
): OptionValue => argument(what, option.name, option.check, given as OptionValue, { origin })
