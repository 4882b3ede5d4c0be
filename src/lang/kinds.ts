import { config, z } from 'zod'
import { count, flag, list, oneOf, text } from '../base/kinds.ts'
import { signalNames, type SignalKind } from '../bundle/signals.ts'

export { callback, count, flag, list, oneOf, text, whole } from '../base/kinds.ts'

// Code that zod generates would be made by functions of JavaScript that a program may have replaced.
config({ jitless: true })

/** Kinds of values that options may be. A check's message completes the sentence "give …". */

/** Zero, or as large as a float32 that keeps all its digits: what is smaller would become zero, what is larger infinite. */
const fitsFloat32 = (value: number): boolean =>
  value === 0 || (Math.abs(value) >= 2 ** -126 && Math.abs(value) < 2 ** 128)

export const isTooFine = (value: unknown): boolean =>
  typeof value === 'number' && Number.isFinite(value) && !fitsFloat32(value)
export const float32Only = 'a number that float32 can hold: 0, or from 1.2e-38 to 3.4e38 in size'

/** A finite number of which something holds. Graphs compute in float32 as well. */
export const number = (message: string, holds: (value: number) => boolean) =>
  z.custom<number>((value) => typeof value === 'number' && fitsFloat32(value) && holds(value), {
    error: ({ input }) => (isTooFine(input) ? float32Only : message),
  })

/** Any number that float32 can hold. */
export const finite = number('a finite number', () => true)
/** A number above 0. */
export const positive = number('a number above 0', (value) => value > 0)
/** A number, 0 or more. */
export const notNegative = number('a number, 0 or more', (value) => value >= 0)
/** From 0 to 1, both included. */
export const fraction = number('a number from 0 to 1', (value) => value >= 0 && value <= 1)
/** From 0 up to, but not, 1: what is kept of a mean that moves. */
export const decay = number('a number from 0 up to, but not, 1', (value) => value >= 0 && value < 1)
/** Above 0, up to 1: what the newest counts in a mean that moves. */
export const weight = number('a number above 0, up to 1', (value) => value > 0 && value <= 1)
/** A share that is neither nothing nor all. */
export const share = number('a number above 0 and below 1', (value) => value > 0 && value < 1)

/** From one number to another, both included. */
export const between = (least: number, most: number) =>
  number(`a number from ${least} to ${most}`, (value) => value >= least && value <= most)

export const plain = z.custom<object>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'an object',
)

/** A name that tables, graphs and files can show. */
export const label = (longest = 200) =>
  z.custom<string>(
    (value) =>
      typeof value === 'string' && value.trim() !== '' && value.length <= longest && !/\p{C}/u.test(value),
    `a name: text of 1 to ${longest} characters, none of them a control character`,
  )

/** A name of which others are made (`conv1.weight`); it may have parts of its own (`clapp2021.stays`). */
export const identifier = z.custom<string>(
  (value) => typeof value === 'string' && value.length <= 200 && /^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(value),
  'a name: letters, digits, _, - and ., starting with a letter or _',
)

/** Any of several kinds. */
export const either = <T>(what: string, ...kinds: readonly z.ZodType<T>[]): z.ZodType<T> =>
  z.union(kinds, { error: ({ input }) => (isTooFine(input) ? float32Only : what) })

/** What a default says that a value may be: a number, true or false, text, or a list of numbers; undefined: nothing. */
export function kindOf(value: unknown): z.ZodType<number | boolean | string | readonly number[]> | undefined {
  if (typeof value === 'number') return finite
  if (typeof value === 'boolean') return flag
  if (typeof value === 'string') return text
  return Array.isArray(value) ? list(finite, 'numbers') : undefined
}

/** [low, high] with least ≤ low ≤ high ≤ most; `least` itself may be left out. */
export const range = (least: number, most: number, { above = false } = {}) =>
  z.custom<readonly [number, number]>(
    (value) => {
      if (!Array.isArray(value) || value.length !== 2) return false
      const [low, high] = value as readonly unknown[]
      if (
        typeof low !== 'number' ||
        typeof high !== 'number' ||
        !Number.isFinite(low) ||
        !Number.isFinite(high)
      )
        return false
      return (above ? low > least : low >= least) && low <= high && high <= most
    },
    `[low, high], two numbers${above ? ` above ${least}` : ` from ${least}`}${Number.isFinite(most) ? ` to ${most}` : ''}, the lower one first`,
  )

/**
 * What each part of an object may be: a part without a check does not compile. `origin` is the compiler's own note, and
 * nothing depends on it.
 */
export type Parts<T> = { readonly [K in Exclude<keyof T, 'origin'>]-?: z.ZodType<T[K] | undefined> }

/** An object with these parts, such as a module; what else it has is its own affair. */
export const shaped = <T extends object>(what: string | ((given: unknown) => string), parts: Parts<T>) =>
  z.custom<T>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      Object.entries<z.ZodType>(parts).every(
        ([name, part]) => part.safeParse(Reflect.get(value, name)).success,
      ),
    { error: ({ input }) => (typeof what === 'string' ? what : what(input)) },
  )

/** Signals as tables list them. */
export const inOrder = (kinds: readonly SignalKind[]): readonly SignalKind[] =>
  signalNames.filter((kind) => kinds.includes(kind))
export const signals = list(oneOf(...signalNames), "signals, such as ['pre', 'post']")
/** Sizes of the axes of a tensor, none of them 0. */
export const shape = list(count, 'sizes, whole numbers from 1')
