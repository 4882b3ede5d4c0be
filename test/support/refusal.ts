import { UserError } from '../../src/base/error.ts'

/** The user's mistake that an action is refused for; anything else is thrown. */
export async function mistakeOf(action: Promise<unknown>): Promise<UserError> {
  const error: unknown = await action.then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  )
  if (error instanceof UserError) return error
  throw error
}

/** What a user is told, `KIND: what is wrong, and what to do`. */
export async function refusal(action: Promise<unknown>): Promise<string> {
  const { name, message } = await mistakeOf(action)
  return `${name}: ${message}`
}
