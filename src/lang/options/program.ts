import { program as plain, type Program, type ProgramOptions } from '../program.ts'
import { withOptions, type ProgramWithOptions } from './with-options.ts'
import type { Declaration, ValuesOf } from './values.ts'

/** What makes programs: `program({ … })`, and with options `program.options({ … }, (options) => ({ … }))`. */
export interface MakeProgram {
  /**
   * What a program file exports as its default: an encoder, what it sees and how it learns.
   *
   * @throws UserError ('ProgramError') where a part is missing, misspelt or not what it may be.
   */
  <const View extends string = 'a' | 'b'>(
    options: ProgramOptions<View>,
    ...extra: readonly undefined[]
  ): Program
  /**
   * A program with options, which `hebb … --set lr=1e-4` and `with` set: each is declared by its default.
   *
   *     export default program.options({ lr: 2e-4, rule: ['clapp', 'infonce'] }, ({ lr, rule }) => ({
   *       …
   *       optimizer: adamw({ lr }),
   *     }))
   *
   * @param declared by name: a default (a number, true or false, text, a list of numbers), the words that it may be, the
   * first being the default, or `option(default, check)`
   * @param make what `program` takes, or a program, for these values; called for the defaults and wherever others are set
   * @returns the program at the defaults
   * @throws UserError ('ProgramError') where a declaration is none, or the program is not right at the defaults.
   */
  readonly options: <
    const Declared extends Readonly<Record<string, Declaration>>,
    const View extends string = 'a' | 'b',
  >(
    declared: Declared,
    make: (values: ValuesOf<Declared>) => ProgramOptions<View> | Program,
    ...extra: readonly undefined[]
  ) => ProgramWithOptions<ValuesOf<Declared>>
}

/**
 * What a program file exports as its default: an encoder, what it sees and how it learns. `program.options` makes one
 * with options.
 */
export const program: MakeProgram = Object.assign(
  <const View extends string>(options: ProgramOptions<View>, ...extra: readonly undefined[]) =>
    plain(options, ...extra),
  { options: withOptions },
)
