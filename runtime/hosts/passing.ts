import { setTimeout } from 'node:timers/promises'

/** What passes by itself: a server that is being restarted, a link that is down, a disk that somebody is about to clear. */

const passingNames = [
  ...['TimeoutError', 'NoRespondersError', 'ConnectionError', 'RequestError', 'ClosedConnectionError'],
]
/** Of JetStream: no memory, no disk, no leader yet, too much asked at once; and its statuses. */
const passingCodes: readonly unknown[] = [10008, 10023, 10028, 10047, 10077, 10122, 408, 503]

export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return (
    passingNames.includes(error.name) ||
    ('code' in error && passingCodes.includes(error.code)) ||
    isPassing(error.cause)
  )
}

const FIRST_WAIT_MS = 200
const LONGEST_WAIT_MS = 5000

export interface AgainOptions {
  readonly signal?: AbortSignal | undefined
  /** Told of each failure that is tried again. */
  readonly onFailure?: ((error: Error) => void) | undefined
}

/** Asks until it is answered, with longer and longer waits. @throws what does not pass by itself; the signal's reason */
export async function untilAnswered<T>(
  ask: (attempt: number) => Promise<T>,
  { signal, onFailure }: AgainOptions = {},
): Promise<T> {
  for (let attempt = 0; ; attempt++)
    try {
      return await ask(attempt)
    } catch (error) {
      if (!isPassing(error) || !(error instanceof Error)) throw error
      onFailure?.(error)
      await setTimeout(Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS), undefined, { signal })
    }
}
