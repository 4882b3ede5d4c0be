import { checkArgument, checkOptions, optionError, type Checks } from '../../src/base/check-options.ts'
import { requireCudaFor, type CudaOptions } from '../session/options.ts'
import type { z } from 'zod'

export { optionError, type Checks } from '../../src/base/check-options.ts'

/** How the functions of the runtime check what they are given, before anything is begun. */

/** A copy of the options, in which all is as it should be. @throws UserError ('OptionError') that names option and value */
export const checked = <T extends object>(what: string, checks: Checks<NoInfer<T>>, given: T): T =>
  checkOptions(what, checks, given, optionError)

/** The same, of what makes sessions, and is told where these are. */
export function checkedWithSession<T extends CudaOptions>(
  what: string,
  checks: Checks<NoInfer<T>>,
  given: T,
): T {
  const options = checked(what, checks, given)
  requireCudaFor(options)
  return options
}

/** An argument that is as it should be. @throws as `checked` */
export const checkedArgument = <T>(what: string, name: string, check: z.ZodType<T>, given: unknown): T =>
  checkArgument(what, name, check, given, optionError)
