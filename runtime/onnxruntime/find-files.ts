import { readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { orFileError, shown } from '../../src/base/file-error.ts'
import { isThere } from '../../src/base/file-kind.ts'
import { at } from '../../src/base/lists.ts'

/** How deep, and among how many names, libraries are looked for below a folder. */
const DEEPEST = 6
const MOST = 100_000

/**
 * The one folder below a source that holds all files.
 *
 * @param paths of what the source holds, from its own top
 * @returns the folder, as these paths name it
 * @throws UserError ('InstallError') where there is none, or several
 */
export function folderOfAll(source: string, paths: readonly string[], files: readonly string[]): string {
  const there = new Set(paths)
  const folders = [...new Set(paths.map((path) => dirname(path)))]
  const holds = (folder: string, file: string) => there.has(join(folder, file))
  const holding = folders.filter((folder) => files.every((file) => holds(folder, file)))
  if (holding.includes('.')) return '.'
  if (holding.length === 1) return at(holding, 0)
  if (holding.length > 1)
    throw new UserError('InstallError', `${shown(source, 4096)} holds the CUDA provider more than once`, {
      details: holding.slice(0, 5).map((folder) => shown(folder)),
      help: 'Give the folder of the one that is meant.',
    })
  const missing = files.filter((file) => !folders.some((folder) => holds(folder, file)))
  const what =
    missing.length > 0
      ? `does not hold ${missing.join(' and ')}`
      : `does not hold ${files.join(' and ')} side by side`
  throw new UserError('InstallError', `${shown(source, 4096)} ${what}`, {
    help: 'Give the folder or the archive that holds the libraries of the CUDA provider.',
  })
}

/**
 * Paths of these files below a folder, from there: those in it, or else all. Links to folders are not followed.
 *
 * @throws UserError ('InstallError') where it holds too much to be searched; ('FileError')
 */
export function findBelow(top: string, files: readonly string[]): string[] {
  if (files.every((file) => isThere(join(top, file)))) return [...files]
  const found: string[] = []
  let seen = 0
  let folders = [top]
  for (let depth = 0; depth <= DEEPEST && folders.length > 0; depth++) {
    const below: string[] = []
    for (const folder of folders)
      for (const entry of orFileError('read', folder, () => readdirSync(folder, { withFileTypes: true }))) {
        if (++seen > MOST)
          throw new UserError('InstallError', `${shown(top, 4096)} holds too much to be searched`, {
            help: `Give the very folder that holds ${files.join(' and ')}.`,
          })
        if (entry.isDirectory()) below.push(join(folder, entry.name))
        else if (files.includes(entry.name)) found.push(relative(top, join(folder, entry.name)))
      }
    folders = below
  }
  return found
}
