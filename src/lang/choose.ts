import { UserError } from '../base/error.ts'
import { currentOrigin } from '../ir/context.ts'
import { didYouMean } from '../base/near-names.ts'
import { argument } from './check.ts'
import { plain, text } from './kinds.ts'
import { shown, shownText } from './show.ts'

/**
 * The entry of a table that an option names; programs are not type-checked when they run.
 *
 * @throws UserError ('ProgramError') with a suggestion where there is none of that name.
 */
export function choose<T>(option: string, name: string, table: Readonly<Record<string, T>>): T {
  argument('choose', 'option', text, option)
  argument('choose', 'table', plain, table)
  argument(option, 'the choice', text, name)
  const found = Object.hasOwn(table, name) ? table[name] : undefined
  if (found !== undefined) return found
  throw new UserError('ProgramError', `${shownText(option)} is ${shown(name)}, which it cannot be`, {
    origin: currentOrigin(),
    help: didYouMean(shownText(name), Object.keys(table)),
  })
}
