import { join } from 'node:path'
import { isThere } from '../../../src/base/file-kind.ts'
import { makeFolder } from '../../../src/base/make-folder.ts'
import { UserError } from '../../../src/base/error.ts'
import { readTextFile } from '../../../src/base/regular-file.ts'
import { writeAtomically } from '../../files/atomic.ts'
import { cacheFolder } from './folder.ts'

/** Text that is kept in the cache. */
export interface Kept {
  readonly found: string | undefined
  readonly keep: (text: string) => void
}

/**
 * What was kept of a kind under a key, which tells all that it depends on; where it cannot be kept, nothing but time is
 * lost.
 *
 * @param largest bytes
 */
export function kept(kind: 'hashes' | 'probes', key: string, largest: number): Kept {
  const folder = folderOf(kind)
  if (folder === undefined) return { found: undefined, keep: () => undefined }
  const path = join(folder, key)
  const keep = (text: string) => {
    if (Buffer.byteLength(text) > largest) return
    try {
      makeFolder(folder)
      writeAtomically(path, [text])
    } catch (error) {
      if (!(error instanceof UserError)) throw error
    }
  }
  return { found: readWhereSound(path, largest), keep }
}

/** Undefined where there is no place for it. */
function folderOf(kind: string): string | undefined {
  try {
    return join(cacheFolder(), kind)
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

function readWhereSound(path: string, largest: number): string | undefined {
  try {
    if (!isThere(path)) return undefined
    return readTextFile(path, { largest, what: 'what is kept' })
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}
