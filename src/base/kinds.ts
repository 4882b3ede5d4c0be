import { z } from 'zod'
import { nearNames } from './near-names.ts'
import { upToWrong } from './up-to-wrong.ts'

/** Kinds of values that options may be, of whatever is given some. A check's message completes the sentence "give …". */

/** A whole number from `least` to `most`, exact as a JavaScript number. */
export const whole = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  z.custom<number>(
    (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most,
    {
      error: ({ input }) =>
        most === Number.MAX_SAFE_INTEGER && !(typeof input === 'number' && input > most)
          ? `a whole number, ${least} or more`
          : `a whole number from ${least} to ${most}`,
    },
  )
/** A whole number, 1 or more. */
export const count = whole(1)
/** True or false. */
export const flag = z.custom<boolean>((value) => typeof value === 'boolean', 'true or false')

const listed = (names: readonly string[]) => {
  const quoted = names.map((name) => `'${name}'`)
  return quoted.length === 1 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1) ?? ''}`
}
/** One of these words. */
export const oneOf = <const Name extends string>(...names: readonly Name[]) =>
  z.custom<Name>((value) => names.some((name) => name === value), {
    error: ({ input }) => listed(names) + (typeof input === 'string' ? suggested(input, names) : ''),
  })

const suggested = (wanted: string, names: readonly string[]) => {
  const [near] = nearNames(wanted, names)
  return near === undefined ? '' : `; did you mean '${near}'?`
}

/** Where something lies. */
export const path = z.custom<string>((value) => typeof value === 'string' && value !== '', 'a path')
export const text = z.custom<string>((value) => typeof value === 'string', 'text')

/** A list, of at least so many. */
export const list = <T>(item: z.ZodType<T>, what: string, least = 0): z.ZodType<readonly T[]> =>
  z
    .array(z.unknown(), { error: `a list of ${what}` })
    .min(least, { error: `a list of ${what}, ${least} or more` })
    .transform((items, context): readonly T[] =>
      Array.from(upToWrong(item, items.entries(), context), ([, value]) => value),
    )

/** A function of the user's. What it returns is checked when it is called, which a class cannot be. */
export const callback = <T>(what: string) =>
  z.custom<T>((value) => typeof value === 'function' && !isClass(value), what)

const isClass = (value: object): boolean => /^class\b/.test(Function.prototype.toString.call(value))
