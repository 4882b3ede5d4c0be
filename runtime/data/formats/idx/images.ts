import { prepared } from '../../cache/prepared.ts'
import { fingerprintOfFile } from '../../cache/file-hash.ts'
import { dataError, requireMemory } from '../../read.ts'
import { isStored } from '../../stored/is-stored.ts'
import { shared } from '../../stored/stored-dataset.ts'
import { rowSize, type RowShape } from '../../dataset.ts'
import { unpackedRows } from '../../gzip-rows.ts'
import { sourceOf } from '../../stored/source-of.ts'
import type { Order, StoredRows } from '../../stored/piece.ts'
import { headerBytes, valuesOf } from './header.ts'
import { isPackedIdx, readIdx, readIdxSizes } from './file.ts'
import type { OpenOptions } from '../../format.ts'

/** What is unpacked in each run, into memory; more is unpacked once, into the cache. */
const MOST_IN_MEMORY = 256 * 1024 * 1024

export interface ImageShape {
  readonly shape: RowShape
  readonly order: Order
}

const isColour = (channels: number): boolean => channels === 1 || channels === 3 || channels === 4

/** Grey [height, width], or with channels first or last; in images so narrow that both could be, they are last. */
export function imageShape(path: string, axes: readonly number[]): ImageShape {
  const [first = 0, second = 0, third] = axes
  if (third === undefined) return { shape: [1, first, second], order: 'planes' }
  if (isColour(third)) return { shape: [third, first, second], order: 'pixels' }
  if (isColour(first)) return { shape: [first, second, third], order: 'planes' }
  throw dataError(
    path,
    `its images are ${axes.join(' × ')}, and no axis counts 1, 3 or 4 channels`,
    'Write images as [count, height, width, channels].',
  )
}

interface ImageFile {
  readonly path: string
  readonly magic: number
  readonly name: string
}

/** The images of a file: read in place where it is plain, else unpacked. @throws UserError ('DataError') */
export async function imagesOf({ path, magic, name }: ImageFile, options: OpenOptions): Promise<StoredRows> {
  const sizes = readIdxSizes(path, magic)
  const [count = 0, ...axes] = sizes
  const { shape, order } = imageShape(path, axes)
  const stride = rowSize({ shape })
  const rows = { shape, order, type: 'uint8' as const }
  const start = headerBytes(sizes.length)
  if (!isPackedIdx(path)) return { ...rows, pieces: [{ source: sourceOf(path), count, at: start, stride }] }
  if (valuesOf(sizes) <= MOST_IN_MEMORY) {
    requireMemory(path, valuesOf(sizes))
    return { ...rows, pieces: [{ source: shared(readIdx(path, magic).data), count, at: 0, stride }] }
  }
  const made = await prepared(
    {
      ...{ name, shape, type: 'uint8', classes: undefined, total: count, what: path },
      key: fingerprintOfFile(path, 'idx'),
      rows: () => unpackedRows(path, { skip: start, count, stride }),
    },
    options,
  )
  if (!isStored(made)) throw new Error('prepared rows lie in a file')
  return { ...made.stored, order }
}
