import { UserError } from '../../base/error.ts'
import { showThrown } from '../thrown.ts'

/** Why something was not done, for its record and for who reads what the worker says. */
export const whyOf = (error: unknown): string =>
  error instanceof UserError ? `${error.name}: ${error.message}` : showThrown(error)
