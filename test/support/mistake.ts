import { UserError } from '../../src/base/error.ts'

/** What a user is told. */
export async function mistake(work: () => Promise<unknown>): Promise<string> {
  try {
    await work()
  } catch (error) {
    if (error instanceof UserError) return `${error.name}: ${error.message}`
    throw error
  }
  throw new Error('nothing was refused')
}
