import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { packageFolder } from '../../src/base/package-folder.ts'

const clone = z.object({ dependencies: z.object({ 'onnxruntime-node': z.string() }) })
const packaged = z.object({ onnxruntime: z.object({ version: z.string(), integrity: z.string() }) })

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
  const text: unknown = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'))
  const found = packaged.safeParse(text)
  return found.success
    ? found.data.onnxruntime
    : { version: clone.parse(text).dependencies['onnxruntime-node'] }
}
