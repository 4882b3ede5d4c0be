import { UserError } from '../../base/error.ts'
import { causesOf } from '../../../runtime/hosts/passing.ts'
import { showThrown } from '../thrown.ts'

/** Why something was not done, for its record and for who reads what the worker says. */
export const whyOf = (error: unknown): string =>
  error instanceof UserError ? `${error.name}: ${error.message}` : showThrown(error)

/** The same in a line, of what the server says: its client tells of its own besides. */
export const problemOf = (error: unknown): string =>
  causesOf(error).at(-1)?.message.split('\n', 1).join('') ?? showThrown(error)
