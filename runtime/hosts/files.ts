import { createHash } from 'node:crypto'
import { closeSync } from 'node:fs'
import { UserError } from '../../src/base/error.ts'
import { openRegularFile, readFully, sizeOf } from '../../src/base/regular-file.ts'
import { isGone, unlessGone, untilAnswered, type AgainOptions } from './passing.ts'
import type { Files } from './stores.ts'

/**
 * Files on the server, each called by the SHA-256 of its bytes: what is there is not written again, and never changed. What
 * comes back has that hash, or is refused.
 */

export interface StoredFile {
  readonly sha256: string
  readonly bytes: number
}

/** A store of files, or what lies in one under names that begin alike. */
export type FileStore = Files

/** Files that one run alone puts there, and removes: another run's of the same bytes are others. */
export const storeOf = (store: Files, owner: string): FileStore => ({
  info: (name) => store.info(`${owner}/${name}`),
  put: (meta, data, options) => store.put({ ...meta, name: `${owner}/${meta.name}` }, data, options),
  delete: (name) => store.delete(`${owner}/${name}`),
  isWhole: (info) => store.isWhole(info),
  pieces: (info) => store.pieces(info),
})

/** What is read and sent at once, below every server's limit of a message. */
const PIECE = 256 * 1024

const sha256 = () => createHash('sha256')

/** The first so many bytes of an open file. */
function* pieces(file: number, bytes: number, path: string): Generator<Uint8Array, void> {
  for (let done = 0; done < bytes; done += PIECE) {
    const piece = new Uint8Array(Math.min(PIECE, bytes - done))
    readFully(file, piece, done, path)
    yield piece
  }
}

/** Puts a file on the server as it is now: what is appended meanwhile is left out. */
export async function putFile(store: FileStore, path: string, again: AgainOptions = {}): Promise<StoredFile> {
  const file = openRegularFile(path)
  try {
    const bytes = sizeOf(file)
    const hash = sha256()
    for (const piece of pieces(file, bytes, path)) hash.update(piece)
    const stored = { sha256: hash.digest('hex'), bytes }
    await put(store, stored, () => pieces(file, bytes, path), again)
    return stored
  } finally {
    closeSync(file)
  }
}

function* whole(data: Uint8Array): Generator<Uint8Array, void> {
  yield data
}

/** The same of bytes. */
export async function putBytes(
  store: FileStore,
  data: Uint8Array,
  again: AgainOptions = {},
): Promise<StoredFile> {
  const stored = { sha256: sha256().update(data).digest('hex'), bytes: data.length }
  await put(store, stored, () => whole(data), again)
  return stored
}

/** Whether a file is there with all of its bytes. */
async function isStored(store: FileStore, { sha256: name, bytes }: StoredFile): Promise<boolean> {
  const there = await store.info(name)
  return there !== null && there.size === bytes && (await store.isWhole(there))
}

/** Whether files are there, all of them. */
export async function areStored(
  store: FileStore,
  files: readonly StoredFile[],
  again: AgainOptions = {},
): Promise<boolean> {
  for (const file of files)
    if (!(await untilAnswered(() => inStore(() => isStored(store, file)), again))) return false
  return true
}

async function put(
  store: FileStore,
  stored: StoredFile,
  content: () => Generator<Uint8Array, void>,
  again: AgainOptions,
): Promise<void> {
  const ask = async () => {
    if (await isStored(store, stored)) return
    await store.put({ name: stored.sha256, options: { max_chunk_size: PIECE } }, streamOf(content()))
  }
  await untilAnswered(() => inStore(ask), again)
}

/** Of a store that somebody has removed meanwhile, the client says nothing that a user would understand. */
export async function inStore<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!isGone(error)) throw error
    throw new UserError('ServerError', 'the files of this job are not on the server any more', {
      help: 'It is over, or somebody has removed them there: begin again where it came from.',
    })
  }
}

const streamOf = (content: Generator<Uint8Array, void>): ReadableStream<Uint8Array> =>
  new ReadableStream({
    pull: (controller) => {
      const next = content.next()
      if (next.done === true) controller.close()
      else controller.enqueue(next.value)
    },
  })

/** Removes a file; one that is gone already, or with all of its store, or that is none, is passed over. */
export async function removeFile(
  store: FileStore,
  { sha256: name }: StoredFile,
  again: AgainOptions = {},
): Promise<void> {
  const remove = async () => {
    if (await store.info(name)) await store.delete(name)
  }
  const passOver = (error: unknown) => {
    if (!(error instanceof UserError)) unlessGone(error)
  }
  await untilAnswered(() => remove().catch(passOver), again)
}
