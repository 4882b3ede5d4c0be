import { UserError } from '../../../../src/base/error.ts'
import { join } from 'node:path'
import { shown } from '../../../../src/base/file-error.ts'
import { found as lookUp } from '../../../../src/base/lists.ts'
import { didYouMean } from '../../../../src/base/near-names.ts'
import { entriesOf, walkBelow } from './walk.ts'
import type { SplitFolder } from './splits.ts'

/** The images of a split, by class where they lie in folders. */
export interface Contents {
  /** Paths from the root on. */
  readonly images: readonly { readonly path: string; readonly className: string | undefined }[]
  /** Folders with images, in order; undefined where there are none: then nothing is labelled. */
  readonly classes: readonly string[] | undefined
  readonly odd: readonly string[]
}

const under = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`)

/** @throws UserError ('DataError') where images lie both beside folders of images and in them */
export function contentsOf(root: string, { split, folder }: SplitFolder): Contents {
  if (split === 'unlabelled') {
    const { images, odd } = walkBelow(root, folder)
    return {
      images: images.map((path) => ({ path, className: undefined })),
      classes: undefined,
      odd: odd.map((path) => `${path}: no image`),
    }
  }
  const entries = entriesOf(join(root, folder))
  const { images: all, odd } = walkBelow(root, folder)
  const start = folder === '' ? 0 : folder.length + 1
  const images = all.map((path) => {
    const end = path.indexOf('/', start)
    return { path, className: end < 0 ? undefined : path.slice(start, end) }
  })
  const classes = [...new Set(images.flatMap(({ className }) => className ?? []))].sort()
  const loose = images.filter(({ className }) => className === undefined)
  const [firstLoose, firstClass] = [loose[0], classes[0]]
  if (firstLoose && firstClass !== undefined)
    throw new UserError(
      'DataError',
      `${shown(join(root, folder), 4096)} holds images both in folders and beside them`,
      {
        details: [
          `in a folder: ${shown(under(folder, firstClass))}/`,
          `beside them: ${shown(firstLoose.path)}`,
        ],
        help: 'Put each image into the folder of its class; or all of them beside each other, if they have none.',
      },
    )
  const empty = entries
    .filter(({ name, kind }) => kind === 'folder' && !classes.includes(name))
    .map(({ name }) => `${under(folder, name)}/: a folder without images, which is no class`)
  return {
    images,
    classes: firstClass === undefined ? undefined : classes,
    odd: [...odd.map((path) => `${path}: no image`), ...empty],
  }
}

export interface Labelled {
  readonly path: string
  readonly label: number | undefined
}

/** Labels by the classes that are trained on. @throws UserError ('DataError') for a class that is none of them */
export function labelledBy({ images }: Contents, classes: readonly string[], root: string): Labelled[] {
  const known = new Map(classes.map((name, label) => [name, label]))
  return images.map(({ path, className }) => {
    if (className === undefined) return { path, label: undefined }
    if (!known.has(className))
      throw new UserError(
        'DataError',
        `${shown(join(root, path), 4096)}: its class '${shown(className)}' is none of those that are trained on`,
        { help: classes.length <= 20 ? didYouMean(className, classes) : 'All splits have the same classes.' },
      )
    return { path, label: lookUp(known, className, className) }
  })
}
