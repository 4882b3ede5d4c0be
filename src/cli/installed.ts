import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'

/** The folder of the package that Node.js finds by a name from a folder; undefined where it finds none. */
export function installedFrom(folder: string, name: string): string | undefined {
  try {
    return dirname(createRequire(join(resolve(folder), 'here.js')).resolve(`${name}/package.json`))
  } catch {
    return undefined
  }
}
