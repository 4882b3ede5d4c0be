import { UserError } from '../base/error.ts'
import { didYouMean } from '../base/near-names.ts'
import { checkedOption } from '../lang/options/declare.ts'
import { showValue, showValues } from '../lang/options/values.ts'
import type { DeclaredOption, OptionValue, OptionValues } from '../lang/options/values.ts'
import type { ProgramWithOptions } from '../lang/options/with-options.ts'
import type { Program } from '../lang/program.ts'

/** What `--set` gives: text by the names of options. */
export type Settings = Readonly<Record<string, string>>

/** How a program is loaded. */
export interface LoadFlags {
  /** Seconds that it may take. */
  readonly timeout?: number | undefined
  /** Options that are set, of `--set`. */
  readonly set?: Settings | undefined
  /** Those of a run that it belongs to, for the options that it has. */
  readonly kept?: OptionValues | undefined
}

/** The options of a program; none where it was made without. */
export const optionsOf = (program: Program): readonly DeclaredOption[] =>
  hasOptions(program) ? program.declared : []

export const hasOptions = (program: Program): program is ProgramWithOptions =>
  'declared' in program && Array.isArray(program.declared) && 'with' in program

/**
 * A program at the options that are set.
 *
 * @throws UserError ('ProgramError') where there is no such option, or it may not be that, with the line that declares it
 */
export function configured(program: Program, path: string, { set = {}, kept = {} }: LoadFlags): Program {
  const names = Object.keys(set)
  const options = optionsOf(program)
  const unknown = names.find((name) => !options.some((option) => option.name === name))
  if (unknown !== undefined) throw noSuchOption(program, path, unknown)
  if (!hasOptions(program)) return program
  const values = options.flatMap((option) => {
    const text = set[option.name]
    const value = text === undefined ? kept[option.name] : readOption(option, text)
    return value === undefined ? [] : [[option.name, value] as const]
  })
  return values.length === 0 ? program : program.with(Object.fromEntries(values))
}

/** Says of what goes wrong meanwhile at which options it does, where they are not the defaults. */
export function atOptions<Result>(program: Program, body: () => Result): Result {
  try {
    return body()
  } catch (error) {
    const { options = {} } = program
    const isDefault = optionsOf(program).every((each) => options[each.name] === each.default)
    throw isDefault || !(error instanceof UserError)
      ? error
      : error.note(`with the options ${showValues(options)}`)
  }
}

function noSuchOption(program: Program, path: string, name: string): UserError {
  const options = optionsOf(program)
  if (options.length === 0)
    return new UserError('ProgramError', `${path} has no options, so there is no '${name}' to set`, {
      origin: program.origin,
      help: `Declare it: export default program.options({ ${name}: … }, ({ ${name} }) => ({ … })).`,
    })
  return new UserError('ProgramError', `${path} has no option '${name}'`, {
    origin: program.origin,
    details: [`it has ${options.map(describeOption).join('; ')}`],
    help: didYouMean(
      name,
      options.map((option) => option.name),
    ),
  })
}

/** `lr = 0.0002, a number above 0` */
export const describeOption = ({ name, default: value, takes }: DeclaredOption): string =>
  `${name} = ${showValue(value)}, ${takes}`

/**
 * The value that a text of `--set` is for an option, by the kind of its default.
 *
 * @throws UserError ('ProgramError') where it may not be that
 */
export function readOption(option: DeclaredOption, text: string): OptionValue {
  try {
    return checkedOption('--set', option, valueOf(text, option.default))
  } catch (error) {
    if (error instanceof UserError && /,\w+=/.test(text)) error.note('Each option has a --set of its own.')
    throw error
  }
}

/** What is not of the kind stays text, which the option's check refuses. */
function valueOf(text: string, like: OptionValue): unknown {
  if (typeof like === 'number') return numberOf(text)
  if (typeof like === 'boolean') return text === 'true' || (text === 'false' ? false : text)
  if (typeof like === 'string') return text
  return text === '' || text === '[]' ? [] : text.split(',').map(numberOf)
}

const decimal = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i

/** `1e-4`, and `1/8` as a program would write it. */
function numberOf(text: string): number | string {
  const parts = text.split('/').map((part) => part.trim())
  if (parts.length > 2 || !parts.every((part) => decimal.test(part))) return text
  return parts.map(Number).reduce((above, below) => above / below)
}
