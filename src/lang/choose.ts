import { UserError } from '../error.ts'
import { currentOrigin } from '../ir/context.ts'
import { didYouMean } from '../near-names.ts'

/**
 * The entry of a table that an option names; programs are not type-checked when they run.
 *
 * @throws UserError ('ProgramError') with a suggestion where there is none of that name.
 */
export function choose<T>(option: string, name: string, table: Readonly<Record<string, T>>): T {
  const found = Object.hasOwn(table, name) ? table[name] : undefined
  if (found !== undefined) return found
  throw new UserError('ProgramError', `${option} is '${name}', which it cannot be`, {
    origin: currentOrigin(),
    help: didYouMean(name, Object.keys(table)),
  })
}

/** @throws UserError ('ProgramError') where an option is misspelt. */
export function requireKnown(what: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new UserError('ProgramError', `${what} has no option '${unknown}'`, {
      origin: currentOrigin(),
      help: didYouMean(unknown, known),
    })
}
