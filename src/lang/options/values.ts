import type { z } from 'zod'
import type { Origin } from '../../base/error.ts'
import type { Default } from '../rule-check.ts'

/** What an option of a program may be: a number, true or false, text, or a list of numbers. */
export type OptionValue = Default

/** Options by their names. */
export type OptionValues = Readonly<Record<string, OptionValue>>

/** An option with a check of its own: see `option`. */
export interface Option<Value extends OptionValue> {
  /** Its value where nothing else is set. */
  readonly default: Value
  /** What it may be, such as `check.positive`. */
  readonly check: z.ZodType<Value>
  /** The line that declares it. */
  readonly origin: Origin | undefined
}

/**
 * How an option is declared: by its default, which says what it may be (a number, true or false, text, a list of
 * numbers); by the words that it may be, of which the first is the default; or by `option`, with a check.
 */
export type Declaration =
  | OptionValue
  | readonly string[]
  | Option<number>
  | Option<boolean>
  | Option<string>
  | Option<readonly number[]>

/** The value of an option that is declared so: a number, say, or one of the words. */
export type ValueOf<Declared> =
  Declared extends Option<infer Value>
    ? Value
    : Declared extends number
      ? number
      : Declared extends boolean
        ? boolean
        : Declared extends string
          ? string
          : Declared extends readonly number[]
            ? readonly number[]
            : Declared extends readonly (infer Word extends string)[]
              ? Word
              : never

/** The values of options that are declared so, by their names. */
export type ValuesOf<Declared> = { readonly [Name in keyof Declared]: ValueOf<Declared[Name]> }

/** What a program says of one of its options. */
export interface DeclaredOption {
  /** As the program calls it, and `--set NAME=VALUE` does. */
  readonly name: string
  /** Its value where nothing else is set. */
  readonly default: OptionValue
  /** The words that it may be, where it was declared by them. */
  readonly words: readonly string[] | undefined
  /** What it may be. */
  readonly check: z.ZodType<OptionValue>
  /** The same in words, such as `a number above 0`. */
  readonly takes: string
  /** The line that declares it. */
  readonly origin: Origin | undefined
}

/** A value as `--set` takes it, and tables show it: `0.001`, `true`, `clapp`, `32,64`; `[]` is a list of nothing. */
export function showValue(value: OptionValue): string {
  if (typeof value === 'object') return value.map(showValue).join(',') || '[]'
  return Object.is(value, -0) ? '-0' : String(value)
}

/** `lr 0.001, rule clapp` */
export const showValues = (values: OptionValues): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${showValue(value)}`)
    .join(', ')
