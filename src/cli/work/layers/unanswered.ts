import { z } from 'zod'
import type { AgainOptions } from '../../../../runtime/hosts/passing.ts'
import type { ChildProcess } from 'node:child_process'

/**
 * What the server does not answer the process that trains a group, told to the worker that has started it: that one says so, and
 * knows how long the server is asked again.
 */

const unanswered = z.object({
  unanswered: z.object({ message: z.string(), failing: z.number().nonnegative() }),
})

/** @param failing milliseconds since the first failure of the same question */
export function tellUnanswered({ message }: Error, failing: number): void {
  // The worker may have ended just now.
  process.send?.({ unanswered: { message, failing } }, () => undefined)
}

export function hearUnanswered(child: ChildProcess, onFailure: AgainOptions['onFailure']): void {
  child.on('message', (message: unknown) => {
    const { data } = unanswered.safeParse(message)
    if (data) onFailure?.(new Error(data.unanswered.message), data.unanswered.failing)
  })
}
