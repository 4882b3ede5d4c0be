import { isProgramPath } from '../load-program.ts'
import { withModule } from '../with-program.ts'
import type { Sweep } from '../../lang/sweep.ts'

/**
 * What a file says that exports a sweep, as words of the command line; undefined where it exports something else, a
 * program for instance.
 *
 * @throws UserError for what is wrong with the file
 */
export async function sweepWords(path: string): Promise<readonly string[] | undefined> {
  if (!isProgramPath(path)) return undefined
  return withModule(path, {}, (module, { name }) => {
    const value = module[name]
    return isSweep(value) ? value.words : undefined
  })
}

const isSweep = (value: unknown): value is Sweep =>
  typeof value === 'object' &&
  value !== null &&
  'kind' in value &&
  value.kind === 'sweep' &&
  'words' in value &&
  Array.isArray(value.words) &&
  value.words.every((word) => typeof word === 'string')
