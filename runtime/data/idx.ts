import { dataError, readMaybeGzip } from './read.ts'

/** An IDX file of unsigned bytes. */
export interface Idx {
  readonly sizes: readonly number[]
  /** As many as the product of the sizes. */
  readonly data: Uint8Array
}

/** 0x08 says unsigned bytes; the last byte counts the axes. */
export const IMAGES_MAGIC = 0x00000803
export const LABELS_MAGIC = 0x00000801

const startsWith = (bytes: Uint8Array, text: string): boolean =>
  new TextDecoder('latin1').decode(bytes.subarray(0, text.length)) === text

/** What a file with another magic number probably is. */
const likelyCause = (magic: number, bytes: Uint8Array): string => {
  if (magic === LABELS_MAGIC) return 'these are labels, where images were expected: are two files swapped?'
  if (magic === IMAGES_MAGIC) return 'these are images, where labels were expected: are two files swapped?'
  if (startsWith(bytes, 'version https://git-lfs')) return 'this is a Git LFS pointer: run `git lfs pull`'
  if (startsWith(bytes, '<')) return 'this is a web page or XML, perhaps of a download that failed'
  if (startsWith(bytes, 'PK')) return 'this is a zip archive: unpack it'
  if (magic === 0x01080000 || magic === 0x03080000) return 'the bytes are in the reverse order'
  if (magic >>> 8 > 8 && magic >>> 8 <= 0x0e) return 'its values are not single bytes'
  return 'this is not an IDX file of the kind expected'
}

const hexadecimal = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`

/**
 * Reads an IDX file, gzipped or plain, with the given magic number. Throws a UserError of kind DataError
 * where the magic number is another or the length is not what the sizes say.
 */
export const readIdx = (path: string, magic: number): Idx => {
  const bytes = readMaybeGzip(path)
  const axes = magic & 0xff
  const header = 4 + 4 * axes
  if (bytes.length < 4) throw dataError(path, `holds ${bytes.length} bytes, too few for an IDX file`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const seen = view.getUint32(0)
  if (seen !== magic) {
    const expected = `${hexadecimal(magic)} expected`
    throw dataError(
      path,
      `starts with ${hexadecimal(seen)} (${expected})`,
      `Likely: ${likelyCause(seen, bytes)}.`,
    )
  }
  if (bytes.length < header) {
    throw dataError(path, `holds ${bytes.length} bytes, and the header alone has ${header}: it is cut short`)
  }
  const sizes = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis))
  const expected = header + sizes.reduce((product, size) => product * size, 1)
  if (bytes.length !== expected) {
    const verdict = bytes.length < expected ? 'it is cut short' : 'something was appended'
    throw dataError(
      path,
      `holds ${bytes.length} bytes, and ${sizes.join(' × ')} values need ${expected}: ${verdict}`,
    )
  }
  return { sizes, data: bytes.subarray(header) }
}
