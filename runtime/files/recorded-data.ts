import { UserError } from '../../src/base/error.ts'
import { shown } from '../../src/base/file-error.ts'
import { ownPath } from '../data/own-dataset.ts'

/**
 * Where a run's record says that its images lie.
 *
 * @throws UserError ('DataError') where that is a module: whoever wrote the record would choose which code is run here
 */
export function recordedPlace({ data }: { readonly data: string }): string {
  if (ownPath(data) === undefined) return data
  throw new UserError('DataError', `the run says that its images are of a module, ${shown(data)}`, {
    help: `A module is code, which hebb runs where you name it yourself: --data ${shown(data)}`,
  })
}
