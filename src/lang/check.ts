import { UserError, type Origin } from '../base/error.ts'
import { currentOrigin } from '../ir/context.ts'
import { didYouMean } from '../base/near-names.ts'
import { shown, shownText } from './show.ts'
import type { z } from 'zod'

/**
 * The one way in which factories check what they are given: types, ranges and names of options. Programs are not
 * type-checked when they run, and what slips through trains something else than was written.
 */

/**
 * What each option may be: of a type of options, one check for every key. An option without a check does not compile,
 * nor a check without an option or of another type; one that may be left out is `.optional()`.
 */
export type Checks<T> = { readonly [K in keyof T]-?: z.ZodType<T[K] | undefined> }

export interface Blame {
  readonly kind?: 'ProgramError' | 'RuleError' | 'TraceError' | 'LoweringError'
  readonly origin?: Origin | undefined
}

/**
 * A copy of the options, read once, in which all is as it should be.
 *
 * @throws UserError ('ProgramError' unless said otherwise) that names factory, option and value, at the user's line.
 */
export function options<T extends object>(
  what: string,
  checks: Checks<NoInfer<T>>,
  given: T,
  blame?: Blame,
): T {
  const names = Object.keys(checks)
  const fail = failing(blame)
  if (!isPlain(given))
    throw fail(`${what}: the options are ${shown(given)}`, `give them as { ${names[0] ?? ''}: … }`)
  const values = read(what, given, fail)
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(checks, name))
  if (unknown !== undefined)
    throw fail(`${what} has no option '${shownText(unknown)}'`, didYouMean(shownText(unknown), names))
  const checked = names.flatMap((name) => {
    const value = argument(what, name, checks[name as keyof T], values[name] as T[keyof T], blame)
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(checked) as T
}

/**
 * A value that is as it should be: an argument of a function, or one of its options.
 *
 * @throws UserError as `options` does.
 */
export function argument<T>(what: string, name: string, check: z.ZodType<T>, given: T, blame?: Blame): T {
  const fail = failing(blame)
  const result = attempt(() => check.safeParse(given), `${what}: reading ${name}`, fail)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = issue?.path ?? []
  const place = name + path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')
  const value = path.reduce<unknown>(
    (outer, key) => Reflect.get(Object(outer) as object, key) as unknown,
    given,
  )
  const state = value === undefined ? 'is missing' : `is ${shown(value)}`
  throw fail(`${what}: ${place} ${state}`, `give ${issue?.message ?? 'something else'}${uncalled(value)}`)
}

/** For what a factory has no place for: it would be lost without a word. */
export function nothingMore(what: string, extra: readonly unknown[], blame?: Blame): void {
  const given = extra.find((value) => value !== undefined)
  if (given !== undefined) throw failing(blame)(`${what} has no use for ${shown(given)}`, 'leave it out')
}

/** `optimizer: adam` is the function itself. */
const uncalled = (value: unknown): string =>
  typeof value === 'function' && value.name !== '' ? `; is a call missing? ${shownText(value.name)}(…)` : ''

type Fail = (problem: string, help: string) => UserError

const failing =
  (blame: Blame = {}): Fail =>
  (problem, help) => {
    const origin = 'origin' in blame ? blame.origin : currentOrigin()
    return new UserError(blame.kind ?? 'ProgramError', problem, { origin, help })
  }

/** A getter or a proxy of the user's may throw; that is the user's mistake, where the options are given. */
function attempt<T>(body: () => T, doing: string, fail: Fail): T {
  try {
    return body()
  } catch (error) {
    if (error instanceof UserError) throw error
    const reason = error instanceof Error ? error.message : shown(error)
    throw fail(`${doing} failed: ${shownText(reason)}`, 'give plain values')
  }
}

export function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  try {
    const prototype: unknown = Object.getPrototypeOf(value)
    return !Array.isArray(value) && (prototype === null || prototype === Object.prototype)
  } catch {
    return false
  }
}

const read = (what: string, given: object, fail: Fail): Readonly<Record<string, unknown>> => {
  const names = attempt(() => Object.keys(given), `${what}: reading the options`, fail)
  return Object.fromEntries(
    names.map((name) => [
      name,
      attempt(() => Reflect.get(given, name) as unknown, `${what}: reading ${shownText(name)}`, fail),
    ]),
  )
}
