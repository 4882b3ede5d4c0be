import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { kindOf, stampOf } from '../../../../src/base/file-kind.ts'
import { orFileError } from '../../../../src/base/file-error.ts'
import { readRegularFile } from '../../../../src/base/regular-file.ts'
import { withZip } from '../../archives/zip.ts'
import { digest } from '../../cache/digest.ts'
import { fingerprintOfFile } from '../../cache/file-hash.ts'
import { hashFiles, LARGEST_IMAGE, stampOfFiles, type Content } from '../../cache/files-hash.ts'
import type { OpenOptions } from '../../format.ts'

export const FOLDER = 'tiny-imagenet-200'

/** Files below one folder, on the disk or in an archive; names have slashes. */
export interface Tree {
  /** The folder or archive. */
  readonly place: string
  /** A file's name with its place, for messages. */
  readonly path: (name: string) => string
  readonly has: (name: string) => boolean
  /** Names of what lies in a folder; none where it is not there. */
  readonly list: (folder: string) => readonly string[]
  readonly read: (name: string) => Uint8Array | Promise<Uint8Array>
  /** SHA-256 of these and of their names. */
  readonly content: (names: readonly string[], options: OpenOptions) => Promise<Content>
  /** As that of their content, now. */
  readonly stamp: (names: readonly string[]) => string
}

export const treeOnDisk = (place: string): Tree => ({
  place,
  path: (name) => join(place, name),
  has: (name) => kindOf(join(place, name)) === 'file',
  list: (folder) => {
    const path = join(place, folder)
    return kindOf(path) === 'folder' ? orFileError('read', path, () => readdirSync(path)) : []
  },
  read: (name) => readRegularFile(join(place, name), LARGEST_IMAGE),
  content: (names, options) => hashFiles(place, names, options),
  stamp: (names) => stampOfFiles(place, names),
})

function byFolder(names: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const folders = new Map<string, string[]>()
  for (const name of names) {
    const end = name.lastIndexOf('/')
    const folder = name.slice(0, Math.max(end, 0))
    const list = folders.get(folder)
    if (list) list.push(name.slice(end + 1))
    else folders.set(folder, [name.slice(end + 1)])
  }
  return folders
}

/** An archive's files while they are used. @throws UserError ('DataError', 'FileError') where it is damaged */
export const withTreeInZip = <Result>(path: string, use: (tree: Tree) => Promise<Result>): Promise<Result> =>
  withZip(path, (zip) => {
    const start = `${FOLDER}/`
    const names = zip.names.filter((name) => name.startsWith(start)).map((name) => name.slice(start.length))
    const [known, folders] = [new Set(names), byFolder(names)]
    return use({
      place: path,
      path: (name) => `${path}, ${start}${name}`,
      has: (name) => known.has(name),
      list: (folder) => folders.get(folder) ?? [],
      read: (name) => zip.read(`${start}${name}`, LARGEST_IMAGE.largest),
      content: (wanted) => {
        const stamp = stampOf(path).text
        return Promise.resolve({ hash: digest(fingerprintOfFile(path, 'zip'), wanted.join('\n')), stamp })
      },
      stamp: () => stampOf(path).text,
    })
  })
