import { UserError } from '../../src/base/error.ts'
import { shown } from '../../src/base/file-error.ts'

const again = 'Copy or download the file again.'

export const dataError = (path: string, problem: string, help: string = again): UserError =>
  new UserError('DataError', `${shown(path, 4096)}: ${problem}`, { help })
