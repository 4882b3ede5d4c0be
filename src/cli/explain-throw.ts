import { UserError } from '../error.ts'
import { placesOfError } from '../ir/call-sites.ts'
import { Tensor } from '../lang/tensor.ts'
import { didYouMean, nearNames } from '../near-names.ts'
import { userLine } from './user-line.ts'

/**
 * Errors thrown while a program or a rule runs. What its own line throws is the user's: a misspelt method, an
 * error of its own. A TypeError that one of ours throws means that the line gave it something it cannot use.
 * Everything else is returned as it is.
 */
export function explainThrow(error: unknown): unknown {
  if (error instanceof UserError) return error
  if (!(error instanceof Error))
    return new UserError('ProgramError', `the program threw ${String(error)}`, { help: 'Throw an Error.' })
  const found = userLine(error)
  if (!found) return placesOfError(error).next().done === true ? withoutLine(error) : error
  const { origin, thrownThere } = found
  if (thrownThere) return new UserError(error.name, error.message, { origin, help: suggestMethod(error) })
  if (!(error instanceof TypeError || error instanceof RangeError)) return error
  return new UserError(error.name, error.message, {
    origin,
    help: 'this line gives hebb something that it cannot use: check names and types (editors show them)',
  })
}

/** Errors of ours name a file; a program may throw one without a stack, and Node does as it loads a program. */
const withoutLine = ({ name, message }: Error): UserError =>
  new UserError(name, message, {
    help: 'thrown while the program was loaded or ran; its stack names no line of a file',
  })

/** V8: `pooled(...).avgPool is not a function`. */
function suggestMethod({ message }: Error): string | undefined {
  const [, wanted] = /\.(\w+) is not a function$/.exec(message) ?? []
  if (wanted === undefined) return undefined
  const methods = Object.getOwnPropertyNames(Tensor.prototype)
  return nearNames(wanted, methods).length > 0 ? didYouMean(wanted, methods) : undefined
}
