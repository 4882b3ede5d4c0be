import { stampOf } from '../../../src/base/file-kind.ts'
import type { Source } from './piece.ts'

/** A file as it is now. @throws UserError ('FileError') */
export function sourceOf(path: string): Source {
  const { size, modified } = stampOf(path)
  return { path, size, modified }
}
