import { z } from 'zod'
import { isPlain, nothingMore, options } from './check.ts'
import { count, either, label, list, whole } from './kinds.ts'
import { showValue, type OptionValue } from './options/values.ts'

/** What a sweep varies, and how each of its runs is made: what `hebb sweep` has flags for, as data. */
export interface SweepOptions {
  /** Programs or bundles, named as on the command line: `mine.ts`, `mine.ts#other`, from the working folder. */
  readonly programs: string | readonly string[]
  /** Values of the programs' options; every value is tried with every other. */
  readonly over?: Readonly<Record<string, readonly OptionValue[]>> | undefined
  /** How many, from 0 up; or which. Default: 0 alone. */
  readonly seeds?: number | readonly number[] | undefined
  /** What is trained on, as on the command line. */
  readonly data?: string | undefined
  /** Length of each run, in one of two ways. */
  readonly epochs?: number | undefined
  /** In batches. */
  readonly steps?: number | undefined
  /** Runs at once; the cores are divided among them. Default 1. */
  readonly jobs?: number | undefined
  /** Other flags of `hebb run`, without their dashes: `{ align: true, report: false, 'checkpoint-every': 100 }`. */
  readonly flags?: Readonly<Record<string, string | number | boolean>> | undefined
}

/** A sweep, for `hebb sweep` to read. */
export interface Sweep {
  /** Tells it from what else a file exports. */
  readonly kind: 'sweep'
  /** What it says, as words of the command line. */
  readonly words: readonly string[]
}

const seed = whole(0)
const values = z.custom<Readonly<Record<string, readonly OptionValue[]>>>(
  (given) => isPlain(given) && Object.values(given).every((each) => Array.isArray(each) && each.length > 0),
  'lists of values by option, such as { lr: [1e-4, 2e-4] }',
)

/**
 * Says what a sweep varies: `export default sweep({ programs: 'mine.ts', over: { lr: [1e-4, 2e-4] }, seeds: 5 })`.
 *
 * @throws UserError ('ProgramError') for an option that there is not, or a value of another kind.
 */
export function sweep(given: SweepOptions, ...extra: readonly undefined[]): Sweep {
  nothingMore('sweep', extra)
  const made = options<SweepOptions>(
    'sweep',
    {
      programs: either<string | readonly string[]>(
        'a program, or a list of programs',
        label(4096),
        list(label(4096), 'programs', 1),
      ),
      over: values.optional(),
      seeds: either<number | readonly number[]>(
        'a number of seeds, or a list of seeds',
        count,
        list(seed, 'seeds', 1),
      ).optional(),
      data: label(4096).optional(),
      epochs: count.optional(),
      steps: count.optional(),
      jobs: count.optional(),
      flags: flagsKind.optional(),
    },
    given,
  )
  const { programs, over = {}, seeds, flags = {}, ...single } = made
  return Object.freeze({
    kind: 'sweep',
    words: [
      ...(typeof programs === 'string' ? [programs] : programs),
      ...Object.entries(single).flatMap(([name, value]) => (value === undefined ? [] : wordsOf(name, value))),
      ...(seeds === undefined
        ? []
        : [`--seeds=${typeof seeds === 'number' ? seeds : `${seeds.join(',')},`}`]),
      ...Object.entries(over).map(([name, all]) => `--over=${name}=${all.map(shownValue).join(',')}`),
      ...Object.entries(flags).flatMap(([name, value]) => wordsOf(name, value)),
    ],
  })
}

const flagsKind = z.custom<Readonly<Record<string, string | number | boolean>>>(
  (given) =>
    isPlain(given) &&
    Object.values(given).every((each) => ['string', 'number', 'boolean'].includes(typeof each)),
  "flags of hebb run, such as { align: true, 'checkpoint-every': 100 }",
)

/** What is false is said, too: `--no-report`. */
const wordsOf = (name: string, value: string | number | boolean): string[] => {
  if (typeof value !== 'boolean') return [`--${name}=${value}`]
  return [value ? `--${name}` : `--no-${name}`]
}

/** Lists of numbers have commas of their own. */
const shownValue = (value: OptionValue): string =>
  typeof value === 'object' ? `[${showValue(value) === '[]' ? '' : showValue(value)}]` : showValue(value)
