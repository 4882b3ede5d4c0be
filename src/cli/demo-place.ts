import { join } from 'node:path'
import { UserError } from '../base/error.ts'
import { isThere } from '../base/file-kind.ts'
import { readRegularFile } from '../base/regular-file.ts'
import { requireFolderPlace } from './outputs.ts'

export const PAGE = 'report.html'
export const SUMMARY = 'summary.svg'

/** By which a report of the demo is known again. */
export const DEMO_TITLE = 'Local learning and backpropagation'

/** Far more than reports are large. */
const reportSize = { largest: 64 * 1024 * 1024, what: 'a report of the demo' }

/** @throws UserError ('FileError') where the demo cannot write in a folder, or a file of its reports' names is another's. */
export function requireDemoPlace(out: string): void {
  requireFolderPlace(out, [PAGE, SUMMARY])
  for (const path of [PAGE, SUMMARY].map((name) => join(out, name)))
    if (isThere(path) && !Buffer.from(readRegularFile(path, reportSize)).includes(`>${DEMO_TITLE}</title>`))
      throw new UserError('FileError', `${path} is there, and no report of the demo: it would be lost`, {
        help: 'Choose another folder: --out DIR; or move it away first.',
      })
}
