import { at } from '../../../../src/base/lists.ts'
import { shown } from '../../../../src/base/file-error.ts'
import { dataError } from '../../read.ts'

/** The beginning of an array as NumPy writes it (NEP 1): a magic word, a version, a length, and a Python dictionary. */

export interface NpyHeader {
  /** Bytes before the values. */
  readonly start: number
  readonly shape: readonly number[]
  readonly kind: NumberKind
  readonly bytes: number
  readonly isBigEndian: boolean
}

/** Unsigned, signed, floating, truth values. */
type NumberKind = 'u' | 'i' | 'f' | 'b'

/** What is read to find the header; none that describes numbers is as long. */
export const LONGEST_HEADER = 64 * 1024

const sizes: Readonly<Record<NumberKind, readonly number[]>> = {
  u: [1, 2, 4, 8],
  i: [1, 2, 4, 8],
  f: [2, 4, 8],
  b: [1],
}
const isKind = (letter: string): letter is NumberKind => letter in sizes

const again = 'Write it again with numpy.save or numpy.savez.'
const convert = "Convert them to numbers: x.astype('float32')."

/**
 * Reads a header.
 *
 * @param start the first bytes of the array
 * @param name as messages have it: the path, or the path and the array's name in an archive
 * @throws UserError ('DataError') where it is none, or describes something else than numbers in C order
 */
export function parseNpyHeader(start: Uint8Array, name: string): NpyHeader {
  const fail = (problem: string, help = again) => dataError(name, problem, help)
  const text = Buffer.from(start.buffer, start.byteOffset, start.byteLength).toString('latin1')
  if (!text.startsWith('\x93NUMPY')) throw fail('is no NumPy array: byte 0 is not the beginning of one')
  if (start.length < 12) throw fail(`is cut short at byte ${start.length}, in its header`)
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength)
  const version = at(start, 6)
  if (version < 1 || version > 3)
    throw fail(`is of version ${version} of the format (byte 6); 1 to 3 are read`)
  const [length, before] = version === 1 ? [view.getUint16(8, true), 10] : [view.getUint32(8, true), 12]
  if (before + length > LONGEST_HEADER)
    throw fail(`announces a header of ${length} bytes (byte 8), more than numbers need`)
  if (before + length > start.length)
    throw fail(`is cut short: its header has ${length} bytes from byte ${before} on`)
  const header = text.slice(before, before + length)
  const [, descr] = /'descr'\s*:\s*'([^']*)'/.exec(header) ?? []
  const [, order] = /'fortran_order'\s*:\s*(True|False)/.exec(header) ?? []
  const [, axes] = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(header) ?? []
  if (descr === undefined || order === undefined || axes === undefined)
    throw fail(
      `has a header from byte ${before} on that does not describe plain numbers: ${shown(header.trim(), 120)}`,
    )
  const [, endian = '', kind = '', size = ''] = /^([<>|=]?)([a-zA-Z])(\d+)$/.exec(descr) ?? []
  const bytes = Number(size)
  if (/^.?O/.test(descr)) throw fail('holds Python objects (a pickle), which are never loaded', convert)
  if (!isKind(kind) || !sizes[kind].includes(bytes))
    throw fail(`holds values of type '${shown(descr, 40)}', and numbers are read`, convert)
  const shape = axes
    .split(',')
    .map((word) => word.trim().replace('L', ''))
    .filter((word) => word !== '')
    .map(Number)
  if (!shape.every((axis) => Number.isSafeInteger(axis)))
    throw fail(`has a shape that is too large: (${shown(axes, 80)})`)
  // An array of one axis is written as of rows, whatever else it is.
  if (order === 'True')
    throw fail(
      'is stored column by column (fortran_order)',
      'Write it row by row: numpy.save(path, numpy.ascontiguousarray(x)).',
    )
  return { start: before + length, shape, kind, bytes, isBigEndian: endian === '>' }
}
