import { streamFailure } from '../../bin/streams.mjs'
import { isLeftOpen } from '../base/left-open.ts'
import { loadedProgram } from './with-program.ts'

/**
 * Ends the process if a program was loaded: timers, servers and threads that it left would keep it alive; or a library has
 * left something. All of our own is released by then. Else it ends by itself.
 */
export async function endWhenDone(): Promise<void> {
  if (loadedProgram() === undefined && !isLeftOpen()) return
  // What was written to them has left by then, or is lost.
  await Promise.all([process.stdout, process.stderr].map(streamFailure))
  process.exit()
}
