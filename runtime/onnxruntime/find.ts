import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../src/base/error.ts'
import { shown } from '../../src/base/file-error.ts'
import { isThere } from '../../src/base/file-kind.ts'
import { present } from '../../src/base/lists.ts'
import { packageFolder } from '../../src/base/package-folder.ts'
import { readTextFile } from '../../src/base/regular-file.ts'
import { manifestSize, wantedVersion } from './wanted.ts'

/** Where `hebb install-onnxruntime` puts it: beside package.json, where npm neither looks nor cleans up. */
export const ownFolder = join(packageFolder, 'onnxruntime-node')

const manifest = z.object({ version: z.string() })

/** The version of the package in a folder; undefined where there is none, or a damaged one, which is to be installed anew. */
function versionIn(folder: string): string | undefined {
  const path = join(folder, 'package.json')
  if (!isThere(path)) return undefined
  try {
    return manifest.parse(JSON.parse(readTextFile(path, manifestSize))).version
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined
    throw error
  }
}

/** What Node.js would load here. */
function resolved(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
  } catch {
    return undefined
  }
}

/** Of the environment: the folder of another onnxruntime-node, such as one that was built for another CUDA. */
const OTHER = 'HEBB_ONNXRUNTIME'

/**
 * That which the environment names, whatever its version: who names it answers for it.
 *
 * @throws UserError ('ProviderError') where there is none
 */
function named(): string | undefined {
  const folder = process.env[OTHER]
  if (folder === undefined || folder === '') return undefined
  if (versionIn(folder) !== undefined) return folder
  throw new UserError(
    'ProviderError',
    `${OTHER} is ${shown(folder, 4096)}, which holds no onnxruntime-node`,
    {
      help: `Name the folder of its package.json, such as node_modules/onnxruntime-node, or unset ${OTHER}.`,
    },
  )
}

/** The folder of the onnxruntime-node that hebb is made for; undefined where there is none, or only another version. */
export function findOnnxruntime(): string | undefined {
  const other = named()
  if (other !== undefined) return resolve(other)
  const version = wantedVersion()
  return [ownFolder, resolved()].find((folder) => folder !== undefined && versionIn(folder) === version)
}

/** The version of what `onnxruntimeFolder` gives. @throws UserError as that does */
export function onnxruntimeVersion(): string {
  const folder = onnxruntimeFolder()
  return present(versionIn(folder), folder)
}

/**
 * The folder of the onnxruntime-node that hebb is made for, or of the one that the environment names.
 *
 * @throws UserError ('ProviderError') where there is none
 */
export function onnxruntimeFolder(): string {
  const found = findOnnxruntime()
  if (found !== undefined) return found
  const version = wantedVersion()
  const other = resolved()
  const instead = other === undefined ? '' : `, only ${versionIn(other) ?? 'a damaged one'} in ${other}`
  throw new UserError('ProviderError', `onnxruntime-node ${version} is not installed${instead}`, {
    help:
      'npm runs the script of hebb that fetches it unless scripts are off. Run: npx hebb install-onnxruntime, ' +
      `or npm install --ignore-scripts onnxruntime-node@${version}`,
  })
}
