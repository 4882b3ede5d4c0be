import { UserError } from '../base/error.ts'
import { currentOrigin } from '../ir/context.ts'

/** Two things that a trace is given or makes, under one name. */
export const nameClash = (problem: string): UserError =>
  new UserError('RuleError', problem, { origin: currentOrigin(), help: 'give one of them another name' })
