import { UserError } from '../../src/base/error.ts'

/** What a user is told, `KIND: what is wrong, and what to do`; anything else than a user's mistake is thrown. */
export async function refusal(action: Promise<unknown>): Promise<string> {
  const error: unknown = await action.then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  )
  if (error instanceof UserError) return `${error.name}: ${error.message}`
  throw error
}
