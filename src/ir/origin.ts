import { fileURLToPath } from 'node:url'
import { basename, relative } from 'node:path'
import { treeFolder } from '../base/package-folder.ts'
import { presentPlaces } from './call-sites.ts'
import type { Origin } from '../base/error.ts'

const ownFolders = ['src', 'runtime', 'theory', 'report', 'testing', 'bin', 'vendor'].map((part) =>
  fileURLToPath(new URL(`../../${part}/`, import.meta.url)),
)

/** Whether a file is a user's, as rules are, those of this package too; not the compiler's or a library's. */
export const isUsers = (file: string): boolean =>
  file.startsWith(treeFolder)
    ? !ownFolders.some((folder) => file.startsWith(folder)) && !isLibrary(file.slice(treeFolder.length - 1))
    : !isLibrary(file)

const isLibrary = (file: string): boolean => /[\\/]node_modules[\\/]/.test(file)

/** The innermost place on the stack outside the compiler: the line of the rule or program being traced. */
export function captureOrigin(): Origin | undefined {
  for (const place of presentPlaces(24)) if (isUsers(place.file)) return place
  return undefined
}

/**
 * The place that called the function of the user's that runs now: the first in another file, since a rule may be made of
 * several functions; in a file that has both, the next one out. Where there is none, the function's own.
 */
export function captureCaller(): Origin | undefined {
  const [inner, caller = inner, ...outer] = [...presentPlaces(24)].filter(({ file }) => isUsers(file))
  return [caller, ...outer].find((place) => place?.file !== inner?.file) ?? caller
}

/**
 * A place as graphs name it: relative to this package for its own rules, the bare file name for a user's. It
 * must not depend on where a program was compiled.
 */
export function portableOrigin({ file, line, column }: Origin): string {
  // As it was written: a package has the same lines as JavaScript.
  const inside = relative(treeFolder, file).replaceAll('\\', '/').replace(/\.js$/, '.ts')
  return `${inside.startsWith('..') ? basename(file) : inside}:${line}:${column}`
}

/** Whether a user's file calls a function of this one, not another file of the compiler's for it. */
export function isCalledByUser(file: string): boolean {
  let isInside = false
  for (const place of presentPlaces(24)) {
    if (place.file === file) isInside = true
    else if (isInside) return isUsers(place.file)
  }
  return false
}
