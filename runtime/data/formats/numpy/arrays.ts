import { basename, join } from 'node:path'
import { readdirSync } from 'node:fs'
import { present } from '../../../../src/base/lists.ts'
import { orFileError, shown } from '../../../../src/base/file-error.ts'
import { kindOf } from '../../../../src/base/file-kind.ts'
import { readFully, readUpTo, sizeOf, withRegularFile } from '../../../../src/base/regular-file.ts'
import { streamFromZip, withZip } from '../../archives/zip.ts'
import { dataError } from '../../read.ts'
import { LONGEST_HEADER, parseNpyHeader, type NpyHeader } from './npy-header.ts'

/** One array, in a file of its own or in an archive. */
export interface NpyArray {
  /** Without its ending: `x_train`. */
  readonly name: string
  readonly path: string
  /** Its name in an archive; undefined of a file of its own. */
  readonly inZip: string | undefined
  /** As messages have it: the path, and the name in an archive. */
  readonly shown: string
  /** The byte of the file from which on it lies as it is, its header included; undefined where it is packed. */
  readonly at: number | undefined
  /** Bytes, unpacked, its header included. */
  readonly length: number
}

const withoutEnding = (name: string): string => basename(name).replace(/\.np[yz]$/i, '')

const ofFile = (path: string): NpyArray => ({
  name: withoutEnding(path),
  ...{ path, inZip: undefined, shown: path },
  at: 0,
  length: withRegularFile(path, sizeOf),
})

/** In an archive, as numpy.savez and savez_compressed write it. @throws UserError ('DataError') where it is damaged */
const inArchive = (path: string): Promise<NpyArray[]> =>
  withZip(path, async (zip) => {
    const found: NpyArray[] = []
    for (const name of zip.names.filter((each) => /\.npy$/i.test(each)))
      found.push({
        name: withoutEnding(name),
        ...{ path, inZip: name, shown: `${path}, ${shown(name)}` },
        at: await zip.placeOf(name),
        length: zip.sizeOf(name),
      })
    return found
  })

/**
 * All arrays of a path; of a folder those of its files, where archives are called after what they hold: `train.npz`. An
 * archive that is alone may be called anything.
 */
export async function arraysOf(path: string): Promise<readonly NpyArray[]> {
  if (/\.npy$/i.test(path)) return [ofFile(path)]
  if (/\.npz$/i.test(path)) return inArchive(path)
  if (kindOf(path) !== 'folder') return []
  const names = orFileError('read', path, () => readdirSync(path)).sort()
  const files = names.filter((name) => /\.np[yz]$/i.test(name) && kindOf(join(path, name)) === 'file')
  const found: NpyArray[] = []
  for (const file of files) {
    const arrays = await arraysOf(join(path, file))
    const isAlone = files.length === 1 || /\.npy$/i.test(file)
    found.push(
      ...(isAlone
        ? arrays
        : arrays.map((each) => ({ ...each, name: `${withoutEnding(file)}_${each.name}` }))),
    )
  }
  return found
}

const PIECE = 4 * 1024 * 1024

function* bytesInPlace(path: string, at: number, length: number): Generator<Uint8Array> {
  for (let done = 0; done < length; done += PIECE) {
    const piece = new Uint8Array(Math.min(PIECE, length - done))
    withRegularFile(path, (file) => {
      readFully(file, piece, at + done, path)
    })
    yield piece
  }
}

/** All bytes of an array from its header on, some at a time. @throws UserError ('DataError', 'FileError') */
export const contentOf = ({
  path,
  inZip,
  at,
  length,
}: NpyArray): AsyncIterable<Uint8Array> | Iterable<Uint8Array> =>
  inZip === undefined || at !== undefined
    ? bytesInPlace(path, present(at, 'the place of an array'), length)
    : streamFromZip(path, inZip)

async function beginningOf(array: NpyArray): Promise<Uint8Array> {
  const room = new Uint8Array(Math.min(LONGEST_HEADER, array.length))
  const { at } = array
  if (at !== undefined)
    return withRegularFile(array.path, (file) => room.subarray(0, readUpTo(file, room, at)))
  let filled = 0
  for await (const bytes of contentOf(array)) {
    room.set(bytes.subarray(0, room.length - filled), filled)
    filled += bytes.length
    if (filled >= room.length) break
  }
  return room.subarray(0, filled)
}

/** @throws UserError ('DataError') where it is no array of numbers, or as long as another one */
export async function headerOf(array: NpyArray): Promise<NpyHeader> {
  const header = parseNpyHeader(await beginningOf(array), array.shown)
  const values = header.shape.reduce((product, axis) => product * axis, 1)
  const expected = header.start + values * header.bytes
  if (expected !== array.length)
    throw dataError(
      array.shown,
      `holds ${array.length} bytes, and (${header.shape.join(', ')}) values of ${header.bytes} bytes need ${expected}: ${array.length < expected ? `it is cut short at byte ${array.length}` : `something follows byte ${expected}`}`,
    )
  return header
}
