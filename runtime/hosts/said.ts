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

export interface SaidOptions extends AgainOptions {
  /** A folder that nobody finds who reads it elsewhere, and what stands in its place. */
  readonly instead?: { readonly of: string; readonly name: string }
}

/** Puts what the run has said so far on the server; undefined where it has said nothing. */
export async function putSaid(
  store: FileStore,
  log: string,
  { instead, ...again }: SaidOptions = {},
): Promise<StoredFile | undefined> {
  if (!isThere(log)) return undefined
  const file = openRegularFile(log)
  try {
    const size = sizeOf(file)
    if (size === 0) return undefined
    const bytes = new Uint8Array(Math.min(size, MOST_SAID))
    readFully(file, bytes, size - bytes.length, log)
    // Cut off before a line, and not in it.
    const whole = size > MOST_SAID ? bytes.subarray(bytes.indexOf(LINE) + 1) : bytes
    return await putBytes(store, instead ? renamed(whole, instead) : whole, again)
  } finally {
    closeSync(file)
  }
}

function renamed(bytes: Uint8Array, { of, name }: NonNullable<SaidOptions['instead']>): Uint8Array {
  const text = Buffer.from(bytes)
    .toString()
    .replaceAll(of, () => name)
  return Buffer.from(text).subarray(0, MOST_SAID)
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
