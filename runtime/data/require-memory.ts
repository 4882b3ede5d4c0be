import { totalmem } from 'node:os'
import { dataError } from './read.ts'

/** @throws UserError ('DataError') where this machine cannot hold what a file announces. */
export function requireMemory(path: string, bytes: number): void {
  if (bytes > totalmem())
    throw dataError(
      path,
      `its images need ${bytes} bytes of memory, and this machine has ${totalmem()}`,
      'Use fewer images, or a larger machine.',
    )
}
