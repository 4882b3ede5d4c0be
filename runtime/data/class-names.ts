import { join } from 'node:path'
import { isThere } from '../../src/base/file-kind.ts'
import { readTextFile } from '../../src/base/regular-file.ts'
import { dataError } from './read.ts'

const size = { largest: 1_000_000, what: 'names of classes' }

/**
 * Names of classes, a line each, of a file beside the images; undefined where there is none.
 *
 * @throws UserError ('DataError') where they are not as many as the classes
 */
export function namesBeside(folder: string, file: string, classes: number): readonly string[] | undefined {
  const path = join(folder, file)
  if (!isThere(path)) return undefined
  const names = readTextFile(path, size).trimEnd().split('\n')
  if (names.length !== classes)
    throw dataError(path, `holds ${names.length} lines, and there are ${classes} classes`)
  return names.map((name) => name.trim())
}
