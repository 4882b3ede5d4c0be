import { createHash } from 'node:crypto'
import { writeAtomicallyAs } from '../files/atomic.ts'
import { arriving, inTurn } from './arriving.ts'
import { inStore, type FileStore, type StoredFile } from './files.ts'
import { damaged, gone } from './lost-file.ts'
import { untilAnswered, type AgainOptions } from './passing.ts'

/** Files of the server, fetched: what comes has the hash that it is called by, or is refused. */

/**
 * Writes a file of the server to a path, atomically.
 *
 * @throws UserError ('ServerError') where the server does not have it, or what it has is damaged
 */
export async function getFile(
  store: FileStore,
  stored: StoredFile,
  path: string,
  again: AgainOptions = {},
): Promise<void> {
  await fetched(store, stored, again, (pieces) => writeAtomicallyAs(path, pieces))
}

/** The same into memory: of what is known to be small. */
export async function getBytes(
  store: FileStore,
  stored: StoredFile,
  again: AgainOptions = {},
): Promise<Uint8Array> {
  return fetched(store, stored, again, async (pieces) => {
    const all: Uint8Array[] = []
    for await (const piece of pieces) all.push(piece)
    return Buffer.concat(all)
  })
}

async function fetched<T>(
  store: FileStore,
  { sha256: name, bytes }: StoredFile,
  again: AgainOptions,
  use: (pieces: AsyncGenerator<Uint8Array>) => Promise<T>,
): Promise<T> {
  const fetch = async (attempt: number) => {
    const info = await store.info(name)
    if (!info) throw gone(name)
    if (info.size !== bytes) throw damaged(name)
    const pieces = await store.pieces(info)
    if (!pieces) throw notWhole(name, attempt)
    try {
      return await use(checked(arriving(pieces), name, bytes))
    } finally {
      // Where nothing can be written here, they are not even begun.
      pieces.stop()
    }
  }
  return untilAnswered((attempt) => inTurn(() => inStore(() => fetch(attempt))), again)
}

/** Somebody may be putting it there once more, so often. */
const MOST_LOOKS = 4

const notWhole = (name: string, attempt: number): Error =>
  attempt >= MOST_LOOKS
    ? gone(name)
    : Object.assign(new Error('a file of the server is not whole'), { name: 'TimeoutError' })

async function* checked(
  data: AsyncIterable<Uint8Array>,
  name: string,
  bytes: number,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let done = 0
  for await (const piece of data) {
    done += piece.length
    if (done > bytes) throw damaged(name)
    hash.update(piece)
    yield piece
  }
  if (hash.digest('hex') !== name) throw damaged(name)
}
