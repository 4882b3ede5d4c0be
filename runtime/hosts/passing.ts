import { pause } from './pause.ts'

/** What passes by itself: a server that is being restarted, a link that is down, a disk that somebody is about to clear. */

const passingNames = [
  ...['TimeoutError', 'NoResponders', 'ConnectionError', 'RequestError', 'ClosedConnectionError'],
]
/** What a server refuses it refuses again, whatever else is told of it. */
const lastingNames = ['PermissionViolationError', 'AuthorizationError', 'UserAuthenticationExpiredError']

/** Whether a server does not let us in. */
export const isRefusal = ({ name }: Error): boolean =>
  name === 'AuthorizationError' || name === 'UserAuthenticationExpiredError'

/** Of JetStream: no memory, no disk, no leader yet, too much asked at once; and its statuses: 409 is a server that shuts down. */
const passingCodes: readonly unknown[] = [10008, 10023, 10028, 10047, 10077, 10122, 408, 409, 503]
/** The status of what fails at the server itself, whatever that is: most often it has no room for a file of its own. */
const FAILED_THERE = 500

/** An error and what it comes of, the nearest first. */
export const causesOf = (error: unknown): Error[] =>
  error instanceof Error ? [error, ...causesOf(error.cause)] : []

export function isPassing(error: unknown): boolean {
  const causes = causesOf(error)
  if (causes.some(({ name }) => lastingNames.includes(name))) return false
  return causes.some(
    (each) =>
      passingNames.includes(each.name) ||
      each.message === SILENCE ||
      ('code' in each && passingCodes.includes(each.code)) ||
      ('status' in each && each.status === FAILED_THERE),
  )
}

/** What the client says where it was not heard of for a while: this process may have been frozen. */
const SILENCE = 'heartbeats missed'

/** What JetStream says of a stream, bucket or store that it does not have. */
const NO_STREAM = 10059

export const isGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === NO_STREAM

/** Of what was to be removed, or of which nothing is there. @throws all else */
export function unlessGone(error: unknown): undefined {
  if (!isGone(error)) throw error
}

const FIRST_WAIT_MS = 200
const LONGEST_WAIT_MS = 5000

export interface AgainOptions {
  readonly signal?: AbortSignal | undefined
  /** Told of each failure that is tried again. @param failing milliseconds since the first one of the same question */
  readonly onFailure?: ((error: Error, failing: number) => void) | undefined
  /** For how many milliseconds it is tried again; default: until it is answered. */
  readonly patience?: number | undefined
}

/**
 * Asks until it is answered, with longer and longer waits.
 *
 * @throws what does not pass by itself, or has not when patience ends; the signal's reason
 */
export async function untilAnswered<T>(
  ask: (attempt: number) => Promise<T>,
  { signal, onFailure, patience = Infinity }: AgainOptions = {},
): Promise<T> {
  const began = performance.now()
  let failed: number | undefined
  for (let attempt = 0; ; attempt++)
    try {
      return await ask(attempt)
    } catch (error) {
      if (!isPassing(error) || !(error instanceof Error) || performance.now() - began > patience) throw error
      failed ??= performance.now()
      onFailure?.(error, performance.now() - failed)
      await pause(Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS), signal)
    }
}
