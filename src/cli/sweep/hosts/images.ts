import { findData } from '../../../../runtime/data/open.ts'
import { ownPath } from '../../../../runtime/data/own-dataset.ts'
import { UserError } from '../../../base/error.ts'
import type { DataSource } from '../../../../runtime/data/format.ts'

/**
 * The images of a sweep that others make.
 *
 * @throws UserError ('SweepError') for those of a module, as `findData`
 */
export async function imagesToShare(data: string): Promise<DataSource> {
  if (ownPath(data) !== undefined)
    throw new UserError('SweepError', `${data} is a module, and workers run no code of others`, {
      help: 'Write its images to files, of which each worker has a copy: docs/data.md has the formats.',
    })
  return findData(data)
}
