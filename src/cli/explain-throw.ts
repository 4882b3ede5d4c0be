import { fileURLToPath } from 'node:url'
import { UserError, type Origin } from '../base/error.ts'
import { placesOfError } from '../ir/call-sites.ts'
import { Tensor } from '../lang/tensor.ts'
import { didYouMean, nearNames } from '../base/near-names.ts'
import { behind, isError, readThrown, showThrown, type Thrown } from './thrown.ts'
import { loneThrow } from './source-lines.ts'
import { userLine } from './user-line.ts'

/**
 * Errors thrown while a program or a rule runs. What its own line throws is the user's: a misspelt method, an
 * error of its own. A TypeError that one of ours throws means that the line gave it something it cannot use.
 * Everything else is returned as it is, but while a program is loaded: what comes from no line of ours is its own.
 */
export function explainThrow(error: unknown, when: When = {}): unknown {
  if (!isError(error))
    return new UserError('ProgramError', `the program threw ${showThrown(error)}`, {
      origin: when.program === undefined ? undefined : loneThrow(when.program),
      details: inProgram(when),
      help: 'Throw an Error: it tells its line.',
    })
  if (error instanceof UserError) return error
  // Before the stack is read as text: what it is made of is handed out once.
  const found = userLine(error)
  const thrown = readThrown(error)
  if (!found) return when.while === 'loaded' && !isOurs(error) ? told(error, thrown, when) : error
  const { origin, thrownThere } = found
  if (thrownThere) return told(error, thrown, { origin, help: suggest(thrown) })
  if (!(error instanceof TypeError || error instanceof RangeError)) return error
  return told(error, thrown, {
    origin,
    help:
      suggest(thrown) ??
      'this line gives hebb something that it cannot use: check names and types (editors show them)',
  })
}

/** The program that may have thrown, and what was done with it. */
export interface When {
  readonly program?: string | undefined
  readonly while?: 'loaded' | 'compiled'
}

interface Place extends When {
  readonly origin?: Origin
  readonly help?: string | undefined
}

const told = (error: Error, { name, message }: Thrown, { origin, help, ...when }: Place): UserError =>
  new UserError(name, message === '' ? 'it says nothing more' : message, {
    origin,
    details: [...inProgram(when), ...behind(error)],
    help,
  })

const inProgram = ({ program, while: done }: When): string[] => {
  if (program === undefined) return []
  return [done === undefined ? `of ${program}` : `while ${program} was ${done}`]
}

const sources = fileURLToPath(new URL('..', import.meta.url))

/** Whether the innermost place in a file is one of hebb's; Node.js and the packages of a program are not. */
const isOurs = (error: Error): boolean => {
  const [innermost] = placesOfError(error)
  return innermost?.file.startsWith(sources) ?? false
}

const commonJs = /^(require|module|exports|__filename|__dirname) is not defined in ES module scope/

/** V8: `pooled(...).avgPool is not a function`. */
function suggest({ message }: Thrown): string | undefined {
  if (commonJs.test(message))
    return "programs are ES modules; write: import { program } from 'hebb' and export default program({ … })"
  if (/^Cannot access '.*' before initialization$/.test(message))
    return 'is it used above its line, or do files import each other in a circle?'
  if (message === 'Maximum call stack size exceeded') return 'does it call itself without an end?'
  const [, wanted] = /\.(\w+) is not a function$/.exec(message) ?? []
  if (wanted === undefined) return undefined
  const methods = Object.getOwnPropertyNames(Tensor.prototype)
  return nearNames(wanted, methods).length > 0 ? didYouMean(wanted, methods) : undefined
}
