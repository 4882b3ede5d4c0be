import { UserError } from '../../src/base/error.ts'
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
 * @throws UserError ('FileError') where it cannot be read now
 */
export function credentialsOf(
  path: string,
  from: (creds: Uint8Array) => Authenticator,
  onProblem: (problem: string) => void,
): Authenticator {
  const read = () => from(readRegularFile(path, size))
  let last: Authenticator
  try {
    last = read()
  } catch (error) {
    if (error instanceof UserError)
      error.note('--creds names it: the file that the operator of the server gave out.')
    throw error
  }
  let isUsed = false
  let told: string | undefined
  return (nonce) => {
    try {
      const now = read()
      // What is no file of credentials is found out here.
      const answer = now(nonce)
      last = now
      isUsed = true
      told = undefined
      return answer
    } catch (error) {
      if (!isUsed || !(error instanceof Error)) throw error
      const problem = error instanceof UserError ? error.problem : error.message
      if (problem !== told) onProblem(problem)
      told = problem
      return last(nonce)
    }
  }
}
