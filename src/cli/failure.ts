import { CommanderError } from 'commander'
import { memoryError } from '../../runtime/session/session-error.ts'
import { loadedData } from '../../runtime/data/own-dataset.ts'
import { UserError } from '../base/error.ts'
import { printableLines } from '../base/printable.ts'
import { version } from '../base/version.ts'
import { exitCodes } from './exit-codes.ts'
import { explainThrow } from './explain-throw.ts'
import { isJson, tellEvent } from './log.ts'
import { isError, readThrown, showThrown } from './thrown.ts'
import { loadedProgram } from './with-program.ts'

/** Tells the user what went wrong, on stderr, and returns the exit code. */
export function reportFailure(thrown: unknown): number {
  const error = refusal(memoryError(thrown, 'this command') ?? thrown)
  // Commander has printed these itself; help and --version come this way too, with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage
  // With a program loaded, it may be from a timer that it left; with a module of data, from its reader.
  const program = loadedProgram() ?? loadedData()
  const known = program === undefined ? error : explainThrow(error, { program })
  if (known instanceof UserError) {
    // It may quote names of a stranger's bundle, or of folders.
    if (isJson()) tellEvent('error', 'error', { name: known.name, message: known.message })
    else console.error(printableLines(`${known.name}: ${known.message}`))
    return exitCodes.userError
  }
  const bug = `This is a bug of hebb ${version}, not of yours. Please report it with the lines above.`
  if (isJson()) tellEvent('error', 'bug', { message: bug, stack: shownBug(known) })
  else console.error(`${shownBug(known)}\n\n${bug}`)
  return exitCodes.bug
}

/** What a NATS server refuses for reasons of its own is no bug of ours. Its client is not loaded here: it may be by nobody. */
function refusal(error: unknown): unknown {
  if (!isError(error) || readThrown(error).name !== 'JetStreamApiError') return error
  return new UserError('ServerError', `the NATS server refuses: ${readThrown(error).message}`, {
    help: 'Its log says more. What it had acknowledged is kept: give the same command again when it is mended.',
  })
}

function shownBug(error: unknown): string {
  if (!isError(error)) return showThrown(error)
  const { stack, name, message } = readThrown(error)
  return stack === '' ? `${name}: ${message}` : stack
}
