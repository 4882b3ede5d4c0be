import { join } from 'node:path'
import { UserError } from '../base/error.ts'
import { isThere } from '../base/file-kind.ts'
import { packageFolder } from '../base/package-folder.ts'

/** Images that a clone has: a subset of Fashion-MNIST. A package comes without. */
export const ownImages = join(packageFolder, 'data/fashion-mnist')

/** @throws UserError ('DataError') where none were named, and there are none of our own */
export function requireImages(data: string): void {
  if (data !== ownImages || isThere(ownImages)) return
  throw new UserError('DataError', 'hebb as a package has no images of its own', {
    help: 'Name some: --data FOLDER. Fashion-MNIST will do, or any other data set of ten classes or so.',
  })
}
