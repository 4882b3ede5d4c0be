import { UserError } from '../../src/base/error.ts'
import { shown } from '../../src/base/file-error.ts'
import { readRegularFile } from '../../src/base/regular-file.ts'
import type { Authenticator } from '@nats-io/transport-node'

/** Far more than a token and a key are long. */
const size = { largest: 64 * 1024, what: 'a file of credentials' }

/**
 * As whom we come, by a file that is read at each connection: whoever renews credentials writes it anew, while a worker runs for
 * weeks. What cannot be read later on, or is half written, is told once, and the last that could be is tried again: the client would
 * close for good.
 *
 * @param from what the client makes of the bytes of such a file
 * @param onProblem hears what is wrong with which file
 * @throws UserError ('FileError') where it cannot be read now, or holds no credentials
 */
export function credentialsOf(
  path: string,
  from: (creds: Uint8Array) => Authenticator,
  onProblem: (problem: string) => void,
): Authenticator {
  const read = () => {
    const authenticator = from(readRegularFile(path, size))
    // What holds no credentials is found out where something is to be signed with them.
    authenticator('a word')
    return authenticator
  }
  const problemOf = (error: Error) =>
    error instanceof UserError ? error.problem : `${shown(path)} holds no credentials: ${error.message}`
  let last: Authenticator
  try {
    last = read()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw new UserError('FileError', problemOf(error), {
      help: '--creds names it: give the file that the operator of the server gave out, which holds a JWT and a key.',
    })
  }
  let told: string | undefined
  return (nonce) => {
    try {
      last = read()
      told = undefined
    } catch (error) {
      if (!(error instanceof Error)) throw error
      const problem = problemOf(error)
      if (problem !== told) onProblem(problem)
      told = problem
    }
    return last(nonce)
  }
}
