import { basename, join } from 'node:path'
import { readdirSync } from 'node:fs'
import { orFileError } from '../../../../src/base/file-error.ts'
import { kindOf } from '../../../../src/base/file-kind.ts'
import { readUpTo, sizeOf, withRegularFile } from '../../../../src/base/regular-file.ts'
import { dataError } from '../../read.ts'
import { LONGEST_HEADER, parseNpyHeader, type NpyHeader } from './npy-header.ts'
import { openEntries, type ZipEntry } from './zip-entries.ts'

/** One array, in a file of its own or in an archive. */
export interface NpyArray {
  /** Without its ending: `x_train`. */
  readonly name: string
  readonly path: string
  /** As messages have it: the path, and the name in an archive. */
  readonly shown: string
  /** Where it is packed in an archive; undefined where it lies as it is. */
  readonly packed: ZipEntry | undefined
  /** Bytes before the array, its header included not; and how many it has, header included. */
  readonly at: number
  readonly length: number
}

const withoutEnding = (name: string): string => basename(name).replace(/\.np[yz]$/i, '')

const ofFile = (path: string): NpyArray => ({
  name: withoutEnding(path),
  path,
  shown: path,
  packed: undefined,
  at: 0,
  length: withRegularFile(path, sizeOf),
})

/** In an archive, as numpy.savez and savez_compressed write it. @throws UserError ('DataError') where it is damaged */
async function inArchive(path: string): Promise<NpyArray[]> {
  const entries = await openEntries(path)
  return entries
    .filter(({ name }) => name.endsWith('.npy'))
    .map((entry) => ({
      ...{ name: withoutEnding(entry.name), path, shown: `${path}, ${entry.name}` },
      packed: entry.isStored ? undefined : entry,
      ...{ at: entry.at, length: entry.length },
    }))
}

/** All arrays of a path; of a folder those of its files, where archives are called after what they hold: `train.npz`. */
export async function arraysOf(path: string): Promise<readonly NpyArray[]> {
  if (/\.npy$/i.test(path)) return [ofFile(path)]
  if (/\.npz$/i.test(path)) return inArchive(path)
  if (kindOf(path) !== 'folder') return []
  const found: NpyArray[] = []
  for (const name of orFileError('read', path, () => readdirSync(path)).sort()) {
    const file = join(path, name)
    if (!/\.np[yz]$/i.test(name) || kindOf(file) !== 'file') continue
    const arrays = await arraysOf(file)
    const prefix = /\.npz$/i.test(name) ? `${withoutEnding(name)}_` : ''
    found.push(...arrays.map((array) => ({ ...array, name: `${prefix}${array.name}` })))
  }
  return found
}

/** @throws UserError ('DataError') where it is no array of numbers, or as long as another one */
export async function headerOf(array: NpyArray): Promise<NpyHeader> {
  const room = new Uint8Array(Math.min(LONGEST_HEADER, array.length))
  const start = array.packed
    ? await array.packed.beginning(room.length)
    : withRegularFile(array.path, (file) => room.subarray(0, readUpTo(file, room, array.at)))
  const header = parseNpyHeader(start, array.shown)
  const values = header.shape.reduce((product, axis) => product * axis, 1)
  const expected = header.start + values * header.bytes
  if (expected !== array.length)
    throw dataError(
      array.shown,
      `holds ${array.length} bytes, and (${header.shape.join(', ')}) values of ${header.bytes} bytes need ${expected}: ${array.length < expected ? `it is cut short at byte ${array.length}` : `something follows byte ${expected}`}`,
    )
  return header
}
