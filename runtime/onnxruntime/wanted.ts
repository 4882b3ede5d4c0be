import { join } from 'node:path'
import { z } from 'zod'
import { packageFolder } from '../../src/base/package-folder.ts'
import { readTextFile } from '../../src/base/regular-file.ts'

const clone = z.object({ dependencies: z.object({ 'onnxruntime-node': z.string() }) })
const packaged = z.object({ onnxruntime: z.object({ version: z.string(), integrity: z.string() }) })

/** What package.json of a package is far below. */
export const manifestSize = { largest: 1024 * 1024, what: 'package.json of a package' }

/** The onnxruntime-node that hebb is made for. */
export interface WantedOnnxruntime {
  readonly version: string
  /** Of its tarball in the registry, as npm writes it: `sha512-…`. In a clone npm itself has compared it. */
  readonly integrity?: string
}

/**
 * What package.json says of onnxruntime-node. A package does not depend on it: on Linux its own install script fetches
 * CUDA files from NuGet and fails where that cannot be reached, and no package can keep npm from running it.
 */
export function wantedOnnxruntime(): WantedOnnxruntime {
  const text: unknown = JSON.parse(readTextFile(join(packageFolder, 'package.json'), manifestSize))
  const found = packaged.safeParse(text)
  return found.success
    ? found.data.onnxruntime
    : { version: clone.parse(text).dependencies['onnxruntime-node'] }
}
