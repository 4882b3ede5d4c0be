import { compile } from '../compile.ts'
import { showValue } from '../lang/options/values.ts'
import { atOptions, hasOptions, optionsOf } from './settings.ts'
import type { DeclaredOption, OptionValue } from '../lang/options/values.ts'
import type { Program } from '../lang/program.ts'

/** What else an option may be, where that is few: the other words, or the other of true and false. */
const others = (
  { words, default: value }: DeclaredOption,
  now: OptionValue | undefined,
): readonly OptionValue[] =>
  (words ?? (typeof value === 'boolean' ? [true, false] : [])).filter((choice) => choice !== now)

/**
 * Compiles a program at each choice of its options: another word, or the other of true and false, one at a time.
 *
 * @returns the options, a line each
 * @throws UserError where it does not compile at one of them
 */
export function checkOptions(program: Program): readonly string[] {
  if (!hasOptions(program)) return []
  return optionsOf(program).map((option) => {
    const { name, takes } = option
    const choices = others(option, program.options[name])
    for (const choice of choices) {
      const chosen = program.with({ [name]: choice })
      atOptions(chosen, () => compile(chosen))
    }
    const value = program.options[name]
    const now = value === undefined ? '' : ` = ${showValue(value)}`
    return `${name}${now}, ${takes}${choices.length > 0 ? ': it compiles at each' : ''}`
  })
}
