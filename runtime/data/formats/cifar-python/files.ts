import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { found as lookUp } from '../../../../src/base/lists.ts'
import { kindOf } from '../../../../src/base/file-kind.ts'
import { orFileError } from '../../../../src/base/file-error.ts'
import { readRegularFile } from '../../../../src/base/regular-file.ts'
import { readTar } from '../../archives/tar.ts'
import { digest } from '../../cache/digest.ts'
import { fingerprintOfFile } from '../../cache/file-hash.ts'
import { dataError } from '../../read.ts'
import type { Layout } from './layouts.ts'

/** Where the files of a data set lie: in a folder, or in an archive. */
export interface Files {
  /** The folder or the archive. */
  readonly place: string
  /** One of them. */
  readonly evidence: string
  /** Those that are there; nobody knows of an archive before it is unpacked. */
  readonly isKnownThere: (name: string) => boolean
  readonly path: (name: string) => string
  /** Of the content of these, and of how they are read. */
  readonly key: (names: readonly string[], how: string) => string
  /** Those that are there. */
  readonly read: (names: readonly string[]) => Promise<ReadonlyMap<string, Uint8Array>>
}

const MEGABYTE = 1024 * 1024
/** The largest file, 50,000 images and their names in one pickle, has 155 MB; all of them have 187 MB. */
const limits = { largest: 256 * MEGABYTE, most: 1024 * MEGABYTE } as const

const inFolder = (place: string, evidence: string): Files => {
  const path = (name: string) => join(place, name)
  const isKnownThere = (name: string) => kindOf(path(name)) === 'file'
  return {
    ...{ place, evidence: path(evidence), path, isKnownThere },
    key: (names, how) =>
      digest(...names.filter(isKnownThere).map((name) => `${name} ${fingerprintOfFile(path(name), how)}\n`)),
    read: (names) =>
      Promise.resolve(
        new Map(
          names
            .filter(isKnownThere)
            .map((name) => [
              name,
              readRegularFile(path(name), { largest: limits.largest, what: 'a batch of CIFAR' }),
            ]),
        ),
      ),
  }
}

const inArchive = (place: string, { folder }: Layout): Files => ({
  ...{ place, evidence: place, path: (name) => `${place}, ${folder}/${name}`, isKnownThere: () => true },
  key: (names, how) => fingerprintOfFile(place, `${how} ${names.join(' ')}`),
  read: async (names) => {
    const all = await readTar(place, { ...limits, names: new Set(names.map((name) => `${folder}/${name}`)) })
    return new Map(
      names.flatMap((name) => {
        const bytes = all.get(`${folder}/${name}`)
        return bytes ? [[name, bytes] as const] : []
      }),
    )
  },
})

/** Names that no other data set uses for a file in a folder of any name. */
const isThereIn = (folder: string, { files: { train, test }, meta }: Layout): string | undefined => {
  const batches = [...train, ...test].filter((name) => kindOf(join(folder, name)) === 'file')
  const isTelling = batches.some((name) => name.includes('batch')) || kindOf(join(folder, meta)) === 'file'
  return isTelling ? batches[0] : undefined
}

/** A folder's own files, or those of the official folder inside it; else the archive, which tools leave beside them. */
export function findFiles(path: string, layout: Layout): readonly Files[] {
  const kind = kindOf(path)
  if (kind === 'file') return layout.archive.test(basename(path)) ? [inArchive(path, layout)] : []
  if (kind !== 'folder') return []
  const unpacked = [path, join(path, layout.folder)].flatMap((place) => {
    const evidence = isThereIn(place, layout)
    return evidence === undefined ? [] : [inFolder(place, evidence)]
  })
  if (unpacked.length > 0) return unpacked
  const names = orFileError('read', path, () => readdirSync(path)).sort()
  return names
    .filter((name) => layout.archive.test(name) && kindOf(join(path, name)) === 'file')
    .map((name) => inArchive(join(path, name), layout))
}

/** @throws UserError ('DataError') where it is not there */
export function required(
  all: ReadonlyMap<string, Uint8Array>,
  name: string,
  files: Files,
  layout: Layout,
): Uint8Array {
  if (!all.has(name))
    throw dataError(files.place, `has no ${name}`, `Unpack or download ${layout.archiveName} again.`)
  return lookUp(all, name, name)
}
