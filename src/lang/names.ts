import { UserError } from '../error.ts'
import { currentOrigin } from '../ir/context.ts'

/** Names that users give: they come to stand in graphs, files of values and tables. */

const LONGEST = 200

/**
 * A name that people read, of a rule, a program or a view: any text on one line.
 *
 * @throws UserError ('NameError') at the user's line.
 */
export function requireLabel(what: string, name: unknown): string {
  if (
    typeof name === 'string' &&
    name.trim() !== '' &&
    !/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(name) &&
    name.length <= LONGEST
  )
    return name
  throw misnamed(what, name, `give a text on one line of 1 to ${LONGEST} characters`)
}

/**
 * A name of which others are made (`conv1.weight`), of a parameter, a state or a draw. It may have parts of its own
 * (`clapp2021.stays`).
 *
 * @throws UserError ('NameError') at the user's line.
 */
export function requireName(what: string, name: unknown): string {
  if (typeof name === 'string' && /^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(name) && name.length <= LONGEST)
    return name
  throw misnamed(what, name, 'use letters, digits, _, - and ., starting with a letter or _')
}

const misnamed = (what: string, name: unknown, help: string): UserError =>
  new UserError('NameError', `${shown(name)} is not a name for ${what}`, { origin: currentOrigin(), help })

const shown = (name: unknown): string =>
  typeof name === 'string'
    ? JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name)
    : `a value of type ${name === null ? 'null' : typeof name}`
