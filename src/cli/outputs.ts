import { accessSync, closeSync, constants, existsSync, lstatSync, mkdtempSync, openSync } from 'node:fs'
import { realpathSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { partialOf } from '../../runtime/files/partials.ts'
import { UserError } from '../base/error.ts'
import { orFileError } from '../base/file-error.ts'

/** Whether results can be written is found out before they are computed: by writing there. */

const refusal = (path: string, reason: string, help: string): UserError =>
  new UserError('FileError', `cannot write ${path}: ${reason}`, { help })

/** Where a path leads, by links; itself where nothing is there yet. */
function behindLinks(path: string): string {
  if (!lstatSync(path, { throwIfNoEntry: false })) return path
  if (!existsSync(path))
    throw refusal(
      path,
      'it is a link to something that is not there',
      'Remove the link, or choose another place.',
    )
  return realpathSync(path)
}

/**
 * The place of a file that will be written: what is there now stays until then.
 *
 * @throws UserError ('FileError') where it cannot be written.
 */
export const placeForFile = (path: string): string =>
  orFileError('write', path, () => {
    const place = behindLinks(path)
    const there = statSync(place, { throwIfNoEntry: false })
    if (there?.isDirectory() === true || /[\\/]$/.test(path))
      throw refusal(path, 'it is a folder, not a file', 'Give the path of a file.')
    if (there && !there.isFile())
      throw refusal(path, 'it is a device, a pipe or a socket, not a file', 'Give the path of a file.')
    if (there) accessSync(place, constants.W_OK)
    // As the file will be written: a name may be too long for that only.
    const trial = partialOf(place)
    closeSync(openSync(trial, 'wx'))
    rmSync(trial)
    return place
  })

/**
 * The same of a file that is new, unless it may be replaced.
 *
 * @throws UserError ('FileError') where it is there and may not be replaced, or cannot be written.
 */
export function placeForNewFile(path: string, overwrite: boolean): string {
  return orFileError('write', path, () => {
    if (!overwrite && lstatSync(path, { throwIfNoEntry: false })?.isFile() === true)
      throw refusal(path, 'it is there already', 'Choose another name, or give --overwrite to replace it.')
    return placeForFile(path)
  })
}

/** @throws UserError ('FileError') where a folder can neither be made nor written to; nor these files in it. */
export function requireFolderPlace(path: string, files: readonly string[] = []): void {
  orFileError('write', path, () => {
    const place = resolve(behindLinks(path))
    let nearest = place
    while (!lstatSync(nearest, { throwIfNoEntry: false })) nearest = dirname(nearest)
    if (!statSync(behindLinks(nearest)).isDirectory())
      throw nearest === place
        ? refusal(path, 'it is a file, not a folder', 'Choose another folder, or remove the file first.')
        : refusal(path, 'a part of the path is not a folder', 'Check the path.')
    rmdirSync(mkdtempSync(join(nearest, '.trial-')))
  })
  if (existsSync(path)) for (const file of files) placeForFile(join(path, file))
}
