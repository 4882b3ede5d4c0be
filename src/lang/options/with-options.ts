import { UserError } from '../../base/error.ts'
import { didYouMean } from '../../base/near-names.ts'
import { currentOrigin, within } from '../../ir/context.ts'
import { argument, isPlain, nothingMore } from '../check.ts'
import { callback } from '../kinds.ts'
import { isProgram, program, type Program, type ProgramOptions } from '../program.ts'
import { shown, shownText } from '../../base/show.ts'
import { checkedOption, declare } from './declare.ts'
import {
  showValue,
  type Declaration,
  type DeclaredOption,
  type OptionValues,
  type ValuesOf,
} from './values.ts'

/** A program with options, as `program.options` made it: a program at their defaults, or at the values that `with` set. */
export interface ProgramWithOptions<Values = OptionValues> extends Program {
  /** The values in force. */
  readonly options: Values & OptionValues
  /** What was declared of each. */
  readonly declared: readonly DeclaredOption[]
  /**
   * The program at other values: `compile(mine.with({ lr: 1e-4 }))`. Those that are not named stay as they are.
   *
   * @throws UserError ('ProgramError') where there is no such option, or it may not be that.
   */
  readonly with: (
    this: Program,
    values: Partial<Values>,
    ...extra: readonly undefined[]
  ) => ProgramWithOptions<Values>
}

/** `program.options`, as `MakeProgram` has it. */
export function withOptions<
  const Declared extends Readonly<Record<string, Declaration>>,
  const View extends string = 'a' | 'b',
>(
  declared: Declared,
  make: (values: ValuesOf<Declared>) => ProgramOptions<View> | Program,
  ...extra: readonly undefined[]
): ProgramWithOptions<ValuesOf<Declared>> {
  nothingMore('program.options', extra)
  const origin = currentOrigin()
  const options = declare(declared, origin)
  argument<unknown>('program.options', 'make', aFunction, make)
  const build = (values: OptionValues): Program => {
    const made: unknown = make(values as ValuesOf<Declared>)
    if (isProgram(made)) return requireNone(made)
    if (isPlain(made)) return within({ origin }, () => program(made as ProgramOptions<View>))
    throw new UserError('ProgramError', `program.options: the function returned ${shown(made)}`, {
      origin,
      help: 'return what program takes: (options) => ({ input: …, batch: …, … })',
    })
  }
  return atValues(Object.freeze(Object.fromEntries(options.map((each) => [each.name, each.default]))))

  function atValues(values: OptionValues): ProgramWithOptions<ValuesOf<Declared>> {
    const made: ProgramWithOptions<ValuesOf<Declared>> = {
      ...build(values),
      options: values as ValuesOf<Declared> & OptionValues,
      declared: options,
      with(this: unknown, changes: unknown, ...more: readonly undefined[]) {
        nothingMore('with', more)
        requireWhole(made, this)
        const next = Object.freeze({ ...values, ...changed(options, changes) })
        try {
          return atValues(next)
        } catch (error) {
          throw error instanceof UserError ? error.note(`with the options ${shownValues(next)}`) : error
        }
      },
    }
    return made
  }
}

/** Values are whatever somebody has set: on one line, and not all of a long text. */
const shownValues = (values: OptionValues): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${shownText(showValue(value))}`)
    .join(', ')

const aFunction = callback<(values: never) => unknown>('a function: ({ lr }) => ({ input: …, batch: …, … })')

/** @throws UserError ('ProgramError') where the function itself returns a program with options */
function requireNone(made: Program): Program {
  if (made.options === undefined) return made
  throw new UserError('ProgramError', 'program.options: the function returned a program that has options', {
    origin: made.origin,
    help: 'declare all of them in one place',
  })
}

/** @throws UserError ('ProgramError') where `with` is called on a copy whose changes it would lose */
function requireWhole(made: Program, called: unknown): void {
  const parts = Object.entries(made)
  if (isPlain(called) && parts.every(([name, part]) => Reflect.get(called, name) === part)) return
  throw new UserError('ProgramError', 'with: it is called on something else than the program', {
    origin: currentOrigin() ?? made.origin,
    help: 'write mine.with({ … }), and change parts of what that returns',
  })
}

/** @throws UserError ('ProgramError') where there is no such option, or it may not be that */
function changed(options: readonly DeclaredOption[], changes: unknown): OptionValues {
  const names = options.map(({ name }) => name)
  const fail = (problem: string, help: string) =>
    new UserError('ProgramError', `with: ${problem}`, { origin: currentOrigin() ?? options[0]?.origin, help })
  if (!isPlain(changes)) throw fail(`the options are ${shown(changes)}`, 'give them as { lr: … }')
  const given: Readonly<Record<string, unknown>> = { ...changes }
  const unknown = Object.keys(given).find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw fail(`the program has no option '${shownText(unknown)}'`, didYouMean(shownText(unknown), names))
  return Object.fromEntries(
    options.flatMap((option) => {
      const value = given[option.name]
      return value === undefined
        ? []
        : [[option.name, checkedOption('with', option, value, currentOrigin())] as const]
    }),
  )
}
