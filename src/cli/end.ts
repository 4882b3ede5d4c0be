import { loadedProgram } from './with-program.ts'

/** Waits until what was written to a stream has left; at once where it is closed. */
const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded || stream.writableLength === 0) resolve()
    else
      stream.write('', () => {
        resolve()
      })
  })

/**
 * Ends the process if a program was loaded: timers, servers and threads that it left would keep it alive. All of our
 * own is released by then. Without a program it ends by itself.
 */
export async function endWhenDone(): Promise<void> {
  if (loadedProgram() === undefined) return
  await Promise.all([flushed(process.stdout), flushed(process.stderr)])
  process.exit()
}
