import { didYouMean } from './near-names.ts'
import { shown, shownText } from './show.ts'
import { UserError } from './error.ts'
import type { z } from 'zod'

/**
 * The one way in which options are checked, of factories of programs and of functions of the runtime: types, ranges and
 * names. Neither is type-checked when it runs, and what slips through does something else than was written.
 */

/**
 * What each option may be: of a type of options, one check for every key. An option without a check does not compile,
 * nor a check without an option or of another type; one that may be left out is `.optional()`.
 */
export type Checks<T> = { readonly [K in keyof T]-?: z.ZodType<T[K] | undefined> }

/** The error to throw: what is wrong, and what to do. */
export type Fail = (problem: string, help: string) => UserError

/** Of what is given to a function, by a program that trains. */
export const optionError: Fail = (problem, help) => new UserError('OptionError', problem, { help })

/** A copy of the options, read once, in which all is as it should be. @throws what `fail` makes: factory, option and value */
export function checkOptions<T extends object>(
  what: string,
  checks: Checks<NoInfer<T>>,
  given: T,
  fail: Fail,
): T {
  const names = Object.keys(checks)
  if (!isPlain(given))
    throw fail(`${what}: the options are ${shown(given)}`, `give them as { ${names[0] ?? ''}: … }`)
  const values = read(what, given, fail)
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(checks, name))
  if (unknown !== undefined)
    throw fail(`${what} has no option '${shownText(unknown)}'`, didYouMean(shownText(unknown), names))
  const checked = names.flatMap((name) => {
    const value = checkArgument(what, name, checks[name as keyof T], values[name], fail)
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(checked) as T
}

/** A value that is as it should be: an argument of a function, or one of its options. @throws as `checkOptions` */
export function checkArgument<T>(
  what: string,
  name: string,
  check: z.ZodType<T>,
  given: unknown,
  fail: Fail,
): T {
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

/** `optimizer: adam` is the function itself. */
const uncalled = (value: unknown): string =>
  typeof value === 'function' && value.name !== '' ? `; is a call missing? ${shownText(value.name)}(…)` : ''

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
