import { z } from 'zod'
import { shown } from './file-error.ts'
import { parseStrictJson } from './strict-json.ts'
import { upToWrong } from './up-to-wrong.ts'

/**
 * What schemas of strangers' JSON are made of, and the one way to read it. Of a million wrong elements, zod makes a million
 * messages: lists and records here are looked at up to the first one that is wrong.
 */

/** A list, of at least so many. */
export const listOf = <T>(item: z.ZodType<T>, least = 0) =>
  z
    .array(z.unknown())
    .min(least)
    .transform((items, context): T[] =>
      Array.from(upToWrong(item, items.entries(), context), ([, value]) => value),
    )

const isList = (value: unknown, isItem: (item: number) => boolean): boolean =>
  Array.isArray(value) && value.every((item: unknown) => typeof item === 'number' && isItem(item))

/** A list of numbers, of which there may be millions. */
export const numberList = z.custom<number[]>(
  (value) => isList(value, Number.isFinite),
  'is no list of numbers',
)
/** The same of whole numbers from 0. */
export const countList = z.custom<number[]>(
  (value) => isList(value, (item) => Number.isSafeInteger(item) && item >= 0),
  'is no list of whole numbers from 0',
)

/** An object with any names. */
export const recordOf = <T>(item: z.ZodType<T>) =>
  z
    .record(z.string(), z.unknown())
    .transform((record, context): Record<string, T> =>
      Object.fromEntries(upToWrong(item, Object.entries(record), context)),
    )

const LONGEST_TEXT = 100_000
const LONGEST_NAME = 2000

const isPlain = { pattern: /^\P{Cc}*$/u, error: 'holds control characters' }

/** Text that can be shown: no control characters, which would break a message or move a terminal's cursor. */
export const plainText = z.string().max(LONGEST_TEXT).regex(isPlain.pattern, isPlain)
/** The same in several lines, as errors are told. */
export const plainLines = z
  .string()
  .max(LONGEST_TEXT)
  .regex(/^[\P{Cc}\n]*$/u, isPlain)
export const plainName = z.string().min(1).max(LONGEST_NAME).regex(isPlain.pattern, isPlain)

/** The first thing that is wrong, short and on one line: `layers.0.shape.3: Invalid input: …`. */
export function problemOf({ issues: [issue] }: z.ZodError): string {
  const { path = [], message = 'is something else' } = issue ?? {}
  return [...(path.length > 0 ? [shown(path.join('.'))] : []), shown(message)].join(': ')
}

/**
 * What JSON of a stranger says, by a schema of the above.
 *
 * @throws SyntaxError that goes on after the file's name: `is not JSON`, or tells the first thing that is wrong with it
 */
export function parseJsonAs<T>(text: string, schema: z.ZodType<T>, mostValues?: number): T {
  const result = schema.safeParse(parseStrictJson(text, mostValues))
  if (result.success) return result.data
  throw new SyntaxError(problemOf(result.error))
}
