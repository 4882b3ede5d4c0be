import { gunzipSync, gzipSync } from 'node:zlib'
import { changeBytes, type Mutation } from './bytes.ts'
import type { Stream } from '../../../runtime/values/random.ts'

/** One random change of a gzip file: of its bytes, or of what is in it, packed anew so that its checksum is right. */
export function changeArchive(bytes: Uint8Array, random: Stream): Mutation {
  if (random.integer(2) === 0) return { ...changeBytes(bytes, random), sealed: true }
  const { told, bytes: content } = changeBytes(gunzipSync(bytes), random)
  return { told: `unpacked, ${told}, packed again`, bytes: gzipSync(content) }
}
