import { join } from 'node:path'
import { UserError } from '../../../../src/base/error.ts'
import { shown } from '../../../../src/base/file-error.ts'
import { anyImage, entriesOf, isImage } from './walk.ts'
import type { Split } from '../../dataset.ts'

/** Which folders hold which split of a data set of images. */

const names: Readonly<Record<Split | 'validation', readonly string[]>> = {
  unlabelled: ['unlabelled', 'unlabeled'],
  train: ['train', 'training'],
  test: ['test', 'testing'],
  validation: ['val', 'valid', 'validation'],
}

export interface SplitFolder {
  readonly split: Split
  /** From the root on; empty for the root itself. */
  readonly folder: string
  /** An image in it. */
  readonly evidence: string
}

export interface FolderSplits {
  readonly splits: readonly SplitFolder[]
  /** Folders that could be the test split too, and are not read. */
  readonly unread: readonly string[]
}

/** Whether images lie in it by class. */
const isLabelled = (root: string, folder: string): boolean =>
  entriesOf(join(root, folder)).some(({ kind }) => kind === 'folder')

function folderOf(
  root: string,
  kind: Split | 'validation',
  folders: readonly string[],
): SplitFolder | undefined {
  const found = folders
    .filter((name) => names[kind].includes(name.toLowerCase()))
    .flatMap((folder) => {
      const evidence = anyImage(join(root, folder))
      return evidence === undefined ? [] : [{ folder, evidence }]
    })
  const [first, second] = found
  if (first && second)
    throw new UserError(
      'DataError',
      `${shown(root, 4096)} holds both ${shown(first.folder)} and ${shown(second.folder)}`,
      {
        help: 'Keep one of them there.',
      },
    )
  return first && { ...first, split: kind === 'validation' ? 'test' : kind }
}

/**
 * The splits that a folder holds, which are its folders `train`, `test` and the like, or the folder itself; undefined
 * where there are no images. Of test and validation images the first are taken, unless only the others have classes.
 */
export function splitsOf(root: string): FolderSplits | undefined {
  const entries = entriesOf(root)
  const folders = entries.filter(({ kind }) => kind === 'folder').map(({ name }) => name)
  const of = (kind: Split | 'validation') => folderOf(root, kind, folders)
  const [unlabelled, train, test, validation] = [of('unlabelled'), of('train'), of('test'), of('validation')]
  if (!unlabelled && !train && !test && !validation) {
    const evidence = anyImage(root)
    return evidence === undefined
      ? undefined
      : { splits: [{ split: 'train', folder: '', evidence }], unread: [] }
  }
  const isValidationBetter =
    !test ||
    (validation !== undefined && !isLabelled(root, test.folder) && isLabelled(root, validation.folder))
  const [taken, other] = isValidationBetter ? [validation, test] : [test, validation]
  return {
    splits: [unlabelled, train, taken].filter((each) => each !== undefined),
    unread: other ? [other.folder] : [],
  }
}

/** Files and folders of the root beside those of its splits. */
export const besideSplits = (root: string, { splits, unread }: FolderSplits): string[] => {
  const known = new Set([...splits.map(({ folder }) => folder), ...unread])
  if (known.has('')) return []
  return entriesOf(root)
    .filter(({ name }) => !known.has(name))
    .map((entry) =>
      entry.kind === 'folder' || isImage(entry)
        ? `${entry.name}: belongs to no split`
        : `${entry.name}: no image`,
    )
}
