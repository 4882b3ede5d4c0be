// Loaded before anything else, in the process that the user started and in the one that it starts.
import { closeSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { isatty } from 'node:tty'

/** Why each of the two streams can no longer be written, as far as it is known. */
const failures = new Map()

/**
 * Whoever reads what we write may go away, and a disk may be full: that ends no work. A stream without a listener
 * would end the process at once.
 */
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error) => {
    if (!failures.has(stream)) failures.set(stream, error)
  })

/** At the end Node.js gives a terminal its settings back, and crashes where that was closed meanwhile. */
const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor))
process.on('exit', () => {
  for (const descriptor of terminals) if (!isatty(descriptor)) closeSync(descriptor)
})

/**
 * What went wrong with a stream, once all that was written to it is gone or lost.
 *
 * @param stream process.stdout or process.stderr
 */
export async function streamFailure(stream) {
  await new Promise((resolve) => stream.write('', resolve))
  // The error of a write is told after its callback.
  await setImmediate()
  return failures.get(stream)
}
