import { stampOf } from '../../../src/base/file-kind.ts'
import { rowSize, type Dataset } from '../dataset.ts'
import { isStored } from '../stored/is-stored.ts'
import { bytesOf } from '../../values/tensor.ts'
import { hashRows } from './hash-rows.ts'
import type { OpenOptions } from '../format.ts'
import { digest } from './digest.ts'
import { keptHash, WORTH_KEEPING } from './file-hash.ts'
import type { StoredRows } from '../stored/piece.ts'

/** Tells rows apart without reading them; undefined where they lie in memory. */
function stampOfRows({ pieces, ...rest }: StoredRows, labels: Uint32Array | undefined): string | undefined {
  const stamps = pieces.map(({ source, ...piece }) =>
    source instanceof Uint8Array ? undefined : `${stampOf(source.path).text} ${JSON.stringify(piece)}`,
  )
  if (stamps.includes(undefined)) return undefined
  return digest(JSON.stringify([stamps, rest]), ...(labels ? [bytesOf(labels)] : []))
}

/**
 * SHA-256 of all rows and labels: a resumed run must see the same. Of large files it is kept in the cache until they are
 * written to.
 */
export async function fingerprint(dataset: Dataset, options: OpenOptions = {}): Promise<string> {
  if (dataset.content !== undefined) return dataset.content
  const isLarge = dataset.count * rowSize(dataset) >= WORTH_KEEPING
  const stamp = isLarge && isStored(dataset) ? stampOfRows(dataset.stored, dataset.labels) : undefined
  // What takes no time is not shown.
  if (stamp === undefined) return hashRows(dataset, isLarge ? options : { signal: options.signal })
  const memory = keptHash(stamp)
  if (memory.found !== undefined) return memory.found
  const hash = await hashRows(dataset, options)
  memory.keep(hash)
  return hash
}
