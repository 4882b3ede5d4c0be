import { compressors } from 'hyparquet-compressors'
import { MOST_EXPANSION } from '../../gzip.ts'
import type { Compressors } from 'hyparquet'

/** Unpacked, a page of what are mostly packed images already. */
const LARGEST_PAGE = 2 ** 30
/** Pages that small may be unpacked from anything: labels of one class take next to nothing. */
const SMALL_PAGE = 2 ** 26

/** Those of hyparquet, which make room for as much as a page announces. */
export const carefully: Compressors = Object.fromEntries(
  Object.entries(compressors).map(([kind, unpack]) => [
    kind,
    (bytes: Uint8Array, length: number) => {
      if (length > LARGEST_PAGE || length > Math.max(SMALL_PAGE, MOST_EXPANSION * bytes.length))
        throw new Error(`a page of ${bytes.length} bytes announces ${length}`)
      return unpack(bytes, length)
    },
  ]),
)
