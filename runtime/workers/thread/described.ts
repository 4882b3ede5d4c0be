import { UserError } from '../../../src/base/error.ts'

/**
 * What a worker thread threw. Errors lose their class on the way between threads: a mistake of the user's is told as
 * one again, all else with the thread's own stack.
 *
 * @param who whose worker it is, as a message has it
 */
export function described(cause: unknown, who: string): Error {
  const { name, message, stack } = cause instanceof Error ? cause : new Error(String(cause))
  if (name.endsWith('Error') && name !== 'Error' && !(name in globalThis)) return new UserError(name, message)
  const error = new Error(`${who} failed: ${message}`)
  return Object.assign(error, { stack: `${error.message}\n${stack ?? ''}` })
}
