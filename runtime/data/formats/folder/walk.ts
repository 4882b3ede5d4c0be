import { readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../../../src/base/error.ts'
import { orFileError, shown } from '../../../../src/base/file-error.ts'
import { kindOf, type FileKind } from '../../../../src/base/file-kind.ts'
import { imageEnding } from '../../images/signature.ts'

/** What systems and editors leave in folders: `.DS_Store`, `._1.jpg`, `Thumbs.db`. */
const isHidden = (name: string): boolean =>
  name.startsWith('.') || name === '__MACOSX' || /^(thumbs\.db|ehthumbs\.db|desktop\.ini)$/i.test(name)

export interface Entry {
  readonly name: string
  readonly kind: FileKind | undefined
}

/** What is in a folder, links followed, what is hidden left out; in the order of UTF-16 codes, the same everywhere. */
export const entriesOf = (folder: string): Entry[] =>
  orFileError('read', folder, () => readdirSync(folder, { withFileTypes: true }))
    .filter(({ name }) => !isHidden(name))
    .map((entry) => {
      const known = entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : undefined
      return { name: entry.name, kind: known ?? kindOf(join(folder, entry.name)) }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))

export const isImage = ({ name, kind }: Entry): boolean => kind === 'file' && imageEnding.test(name)

export interface Walked {
  /** Paths from the root on, with slashes. */
  readonly images: string[]
  /** Files that are no images, likewise. */
  readonly odd: string[]
}

/** All files below a folder of the root. @throws UserError where its links lead in a circle */
export function walkBelow(root: string, below: string, above: readonly string[] = []): Walked {
  const folder = join(root, below)
  const real = orFileError('read', folder, () => realpathSync(folder))
  if (above.includes(real))
    throw new UserError('FileError', `cannot read ${shown(folder, 4096)}: its links lead in a circle`, {
      help: 'Check where its links lead.',
    })
  const found: Walked = { images: [], odd: [] }
  for (const entry of entriesOf(folder)) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (isImage(entry)) found.images.push(path)
    else if (entry.kind === 'folder') {
      const inside = walkBelow(root, path, [...above, real])
      for (const image of inside.images) found.images.push(image)
      for (const odd of inside.odd) found.odd.push(odd)
    } else found.odd.push(path)
  }
  return found
}

/** So many names are looked at to find one image. */
const PATIENCE = 2000
const DEEPEST = 4

/** An image below a folder; undefined where there is none among the first names. It looks no further than it must. */
export function anyImage(folder: string, left = { names: PATIENCE }, depth = 0): string | undefined {
  const entries = entriesOf(folder)
  const image = entries.find(isImage)
  if (image) return join(folder, image.name)
  for (const { name, kind } of entries) {
    if (left.names-- <= 0 || depth === DEEPEST) return undefined
    const found = kind === 'folder' ? anyImage(join(folder, name), left, depth + 1) : undefined
    if (found !== undefined) return found
  }
  return undefined
}
