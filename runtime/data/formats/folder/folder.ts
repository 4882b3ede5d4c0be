import { basename, join, resolve } from 'node:path'
import { shown } from '../../../../src/base/file-error.ts'
import { kindOf } from '../../../../src/base/file-kind.ts'
import { readRegularFile } from '../../../../src/base/regular-file.ts'
import { hashFiles, LARGEST_IMAGE, stampOfFiles } from '../../cache/files-hash.ts'
import { noSuchSplit } from '../../no-such-split.ts'
import { preparedImages } from '../../images/prepared-images.ts'
import { contentsOf, labelledBy } from './contents.ts'
import { besideSplits, splitsOf, type FolderSplits } from './splits.ts'
import type { Dataset, Split } from '../../dataset.ts'
import type { Format, OpenOptions } from '../../format.ts'

const oddOf = (root: string, found: FolderSplits): string[] => [
  ...besideSplits(root, found),
  ...found.unread.map((name) => `${name}/: not read, since there are other images to test with`),
  ...found.splits.flatMap((each) => contentsOf(root, each).odd),
]

function tell(odd: readonly string[], root: string, { onNotice }: OpenOptions): void {
  const [first] = odd
  if (first === undefined) return
  const others = odd.length > 1 ? ` and ${odd.length - 1} more` : ''
  onNotice?.(`${shown(root, 4096)}: left aside ${shown(first)}${others}`)
}

async function open(root: string, found: FolderSplits, split: Split, options: OpenOptions): Promise<Dataset> {
  const part = found.splits.find((each) => each.split === split)
  if (!part)
    throw noSuchSplit(
      root,
      split,
      found.splits.map((each) => each.split),
    )
  const contents = contentsOf(root, part)
  tell(contents.odd, root, options)
  const trained = found.splits.find((each) => each.split === 'train')
  const classNames = (trained && trained !== part ? contentsOf(root, trained) : contents).classes
  const images = labelledBy(contents, classNames ?? [], root)
  const isLabelled = contents.classes !== undefined
  const names = images.map(({ path }) => path)
  return preparedImages(
    {
      name: basename(resolve(root)),
      what: join(root, part.folder),
      classes: isLabelled ? classNames?.length : undefined,
      classNames: isLabelled ? classNames : undefined,
      files: images.map(({ path, label }) => ({
        ...{ name: join(root, path), label },
        bytes: () => readRegularFile(join(root, path), LARGEST_IMAGE),
      })),
      content: await hashFiles(root, names, options),
      stamp: () => stampOfFiles(root, names),
    },
    options,
  )
}

/** Images in folders: by split and class, by class alone, or without either. */
export const folderFormat: Format = {
  kind: 'folder',
  isGeneral: true,
  lookedFor:
    'a folder of images: train/CLASS/… and test/CLASS/… (or val/), CLASS/…, or images alone; .jpg, .png, .webp, .gif, .tif, .avif',
  find: (path) => {
    const found = kindOf(path) === 'folder' ? splitsOf(path) : undefined
    const [first] = found?.splits ?? []
    if (!found || !first) return []
    return [
      {
        ...{ place: path, evidence: first.evidence, splits: found.splits.map(({ split }) => split) },
        odd: () => oddOf(path, found),
        open: (split, options) => open(path, found, split, options),
      },
    ]
  },
}
