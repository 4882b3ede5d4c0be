import { closeSync } from 'node:fs'
import { isThere } from '../../src/base/file-kind.ts'
import { openRegularFile, readFully, sizeOf } from '../../src/base/regular-file.ts'
import { UserError } from '../../src/base/error.ts'
import { getBytes } from './fetch-file.ts'
import { putBytes, type FileStore, type StoredFile } from './files.ts'
import type { AgainOptions } from './passing.ts'

/**
 * What a run has said while workers made it, beside its files on the server: the next worker adds to it, and who fetches the run
 * has it as if it had been made there. Of more than so many bytes the last ones are kept, since errors stand at the end.
 */
const MOST_SAID = 256 * 1024

const LINE = '\n'.charCodeAt(0)

/** Puts what the run has said so far on the server; undefined where it has said nothing. */
export async function putSaid(
  store: FileStore,
  log: string,
  again: AgainOptions = {},
): Promise<StoredFile | undefined> {
  if (!isThere(log)) return undefined
  const file = openRegularFile(log)
  try {
    const size = sizeOf(file)
    if (size === 0) return undefined
    const bytes = new Uint8Array(Math.min(size, MOST_SAID))
    readFully(file, bytes, size - bytes.length, log)
    // Cut off before a line, and not in it.
    return await putBytes(store, size > MOST_SAID ? bytes.subarray(bytes.indexOf(LINE) + 1) : bytes, again)
  } finally {
    closeSync(file)
  }
}

/**
 * What a run has said: text of whoever has made it.
 *
 * @throws UserError ('ServerError') where it is damaged, or more than a run may say
 */
export async function getSaid(
  store: FileStore,
  said: StoredFile,
  again: AgainOptions = {},
): Promise<Uint8Array> {
  if (said.bytes > MOST_SAID)
    throw new UserError('ServerError', `a record names ${said.bytes} bytes that its run has said: too many`, {
      help: 'Somebody else has written it: look at who may write on that server.',
    })
  return getBytes(store, said, again)
}
