import { CommanderError } from 'commander'
import { memoryError } from '../../runtime/session-error.ts'
import { UserError } from '../error.ts'
import { version } from '../version.ts'
import { exitCodes } from './exit-codes.ts'

/** Tells the user what went wrong, on stderr, and returns the exit code. */
export function reportFailure(thrown: unknown): number {
  const error = memoryError(thrown, 'this command') ?? thrown
  // Commander has printed these itself; help and --version come this way too, with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage
  if (error instanceof UserError) {
    console.error(`${error.name}: ${error.message}`)
    return exitCodes.userError
  }
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error)
  console.error(
    `${told}\n\nThis is a bug of hebb ${version}, not of yours. Please report it with the lines above.`,
  )
  return exitCodes.bug
}
