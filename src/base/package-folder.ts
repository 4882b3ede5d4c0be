import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isThere } from './file-kind.ts'

/** Where `src`, `rules`, `runtime` and the others lie: a clone, or `dist` of a package. */
export const treeFolder = fileURLToPath(new URL('../..', import.meta.url))

/** Where package.json lies. */
export const packageFolder = isThere(join(treeFolder, 'package.json')) ? treeFolder : join(treeFolder, '../')
