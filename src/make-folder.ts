import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Makes a folder and those above it that are missing, and returns those that it made, the outermost first. Node's own
 * recursive mkdir never returns where the system answers ENOENT for a folder whose parent exists, as below /proc.
 */
export function makeFolder(path: string): string[] {
  const missing: string[] = []
  for (let folder = resolve(path); !existsSync(folder); folder = dirname(folder)) missing.unshift(folder)
  return missing.filter(makeOne)
}

/** Whether it was this call that made it: another process may just have. */
function makeOne(folder: string): boolean {
  try {
    mkdirSync(folder)
    return true
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    if (isThere && statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return false
    throw error
  }
}
