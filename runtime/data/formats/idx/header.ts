import { dataError } from '../../read.ts'

/** 0x08 says unsigned bytes; the last byte counts the axes. */
export const IMAGES_MAGIC = 0x00000803
/** With channels as a fourth axis. */
export const COLOUR_MAGIC = 0x00000804
export const LABELS_MAGIC = 0x00000801

/** Of a file with so many axes: the magic number, then one size per axis. */
export const headerBytes = (axes: number): number => 4 + 4 * axes

export const valuesOf = (sizes: readonly number[]): number =>
  sizes.reduce((product, size) => product * size, 1)

const startsWith = (bytes: Uint8Array, text: string): boolean =>
  new TextDecoder('latin1').decode(bytes.subarray(0, text.length)) === text

/** What a file with another magic number probably is. */
const likelyCause = (magic: number, bytes: Uint8Array): string => {
  if (magic === LABELS_MAGIC) return 'these are labels, where images were expected: are two files swapped?'
  if (magic === IMAGES_MAGIC) return 'these are images, where labels were expected: are two files swapped?'
  if (startsWith(bytes, 'vers')) return 'this is a Git LFS pointer: run `git lfs pull`'
  if (startsWith(bytes, '<')) return 'this is a web page or XML, perhaps of a download that failed'
  if (startsWith(bytes, 'PK')) return 'this is a zip archive: unpack it'
  if (magic === 0x01080000 || magic === 0x03080000) return 'the bytes are in the reverse order'
  if (magic >>> 8 > 8 && magic >>> 8 <= 0x0e) return 'its values are not single bytes'
  return 'this is not an IDX file of the kind expected'
}

const hexadecimal = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`

/**
 * The sizes of the axes, from the first bytes of a file: all of the header where the file has as much.
 *
 * @throws UserError ('DataError') where the magic number is another, or the header is cut short
 */
export function parseIdxHeader(start: Uint8Array, magic: number, path: string): readonly number[] {
  const axes = magic & 0xff
  if (start.length < 4) throw dataError(path, `holds ${start.length} bytes, too few for an IDX file`)
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength)
  const seen = view.getUint32(0)
  if (seen !== magic)
    throw dataError(
      path,
      `starts with ${hexadecimal(seen)} (${hexadecimal(magic)} expected)`,
      `Likely: ${likelyCause(seen, start)}.`,
    )
  if (start.length < headerBytes(axes))
    throw dataError(
      path,
      `holds ${start.length} bytes, and the header alone has ${headerBytes(axes)}: it is cut short`,
    )
  return Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis))
}
