import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolder } from './package-folder.ts'

/** What package.json says, of a clone or of a package. */
export const packageManifest: unknown = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'))

/** The version in package.json. */
export const version: string = (() => {
  const text = packageManifest
  if (typeof text === 'object' && text && 'version' in text && typeof text.version === 'string')
    return text.version
  throw new Error('package.json has no version')
})()
