import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { readRegularFile } from '../../../src/base/regular-file.ts'
import { stampOf } from '../../../src/base/file-kind.ts'
import { digest } from './digest.ts'
import { listening } from './listening.ts'
import { keptHash } from './file-hash.ts'
import type { OpenOptions } from '../format.ts'

/** Of one file among many. */
export const LARGEST_IMAGE = { largest: 256 * 1024 * 1024, what: 'an image' } as const
const TURN = 64

/** Tells whether any of these was written to, replaced or renamed, without reading them. */
export const stampOfFiles = (folder: string, names: readonly string[]): string =>
  digest(...names.map((name) => `${name}\0${stampOf(join(folder, name)).text}\n`))

export interface Content {
  /** SHA-256, in hexadecimal. */
  readonly hash: string
  /** Of the files as they were before they were read. */
  readonly stamp: string
}

/**
 * SHA-256 of the names and contents of many files; kept until one of them is written to. The event loop turns meanwhile.
 *
 * @throws UserError ('FileError')
 */
export async function hashFiles(
  folder: string,
  names: readonly string[],
  options: OpenOptions,
): Promise<Content> {
  const { onProgress } = options
  const heard = listening(options)
  const stamp = stampOfFiles(folder, names)
  const memory = keptHash(stamp)
  if (memory.found !== undefined) return { hash: memory.found, stamp }
  const hash = createHash('sha256')
  for (const [done, name] of names.entries()) {
    const bytes = readRegularFile(join(folder, name), LARGEST_IMAGE)
    hash.update(`${name}\0${bytes.length}\0`).update(bytes)
    await heard()
    if (done % TURN === 0) onProgress?.({ what: `${folder} (adding up)`, done, total: names.length })
  }
  onProgress?.({ what: `${folder} (adding up)`, done: names.length, total: names.length })
  const found = hash.digest('hex')
  memory.keep(found)
  return { hash: found, stamp }
}
