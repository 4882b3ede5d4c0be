import { here } from '#here'
import { UserError } from '../../src/base/error.ts'
import { shown } from '../../src/base/file-error.ts'

const again = 'Copy or download the file again.'

export const dataError = (path: string, problem: string, help: string = again): UserError =>
  new UserError('DataError', `${shown(path, 4096)}: ${problem}`, { help })

/** @throws UserError ('DataError') where this machine cannot hold what a file announces. */
export function requireMemory(path: string, bytes: number): void {
  const most = here.memory()
  if (bytes > most)
    throw dataError(
      path,
      `its images need ${bytes} bytes of memory, and this machine has ${most}`,
      'Use fewer images, or a larger machine.',
    )
}
