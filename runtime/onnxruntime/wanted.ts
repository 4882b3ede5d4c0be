import { join } from 'node:path'
import { z } from 'zod'
import { packageFolder } from '../../src/base/package-folder.ts'
import { readTextFile } from '../../src/base/regular-file.ts'
import { packageManifest } from '../../src/base/version.ts'

const clone = z.object({ dependencies: z.object({ 'onnxruntime-node': z.string() }) })
const packaged = z.object({ onnxruntime: z.object({ version: z.string(), integrity: z.string() }) })
const locked = z.object({
  packages: z.object({ 'node_modules/onnxruntime-node': z.object({ integrity: z.string() }) }),
})

/** What package.json of a package, and a lock file, are far below. */
export const manifestSize = { largest: 8 * 1024 * 1024, what: 'package.json of a package' }

/**
 * The version of onnxruntime-node that hebb is made for. A package does not depend on it: on Linux its own install script
 * fetches CUDA files from NuGet and fails where that cannot be reached, and no package can keep npm from running it.
 */
export function wantedVersion(): string {
  const found = packaged.safeParse(packageManifest)
  if (found.success) return found.data.onnxruntime.version
  return clone.parse(packageManifest).dependencies['onnxruntime-node']
}

/** Of the tarball of that version in the registry, as npm writes it: `sha512-…`. */
export function wantedIntegrity(): string {
  const found = packaged.safeParse(packageManifest)
  if (found.success) return found.data.onnxruntime.integrity
  const lock: unknown = JSON.parse(readTextFile(join(packageFolder, 'package-lock.json'), manifestSize))
  return locked.parse(lock).packages['node_modules/onnxruntime-node'].integrity
}

/** Of that tarball, for people who wait: of version 1.30. */
export const wantedSize = '113 MB'
