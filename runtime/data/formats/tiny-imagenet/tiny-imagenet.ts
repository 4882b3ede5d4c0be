import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { kindOf } from '../../../../src/base/file-kind.ts'
import { orFileError } from '../../../../src/base/file-error.ts'
import { preparedImages } from '../../images/prepared-images.ts'
import { dataError } from '../../read.ts'
import { ANNOTATIONS, CLASSES, readAnnotations, readClasses, readWords } from './lists.ts'
import { FOLDER, treeOnDisk, withTreeInZip, type Tree } from './tree.ts'
import type { Dataset, Split } from '../../dataset.ts'
import type { Format, Found, OpenOptions } from '../../format.ts'

interface Labelled {
  readonly name: string
  readonly label: number
}

const isImage = (name: string): boolean => /\.jpe?g$/i.test(name) && !name.startsWith('.')

/** Class by class. @throws UserError ('DataError') for a class without images */
function trainingImages(tree: Tree, ids: readonly string[]): Labelled[] {
  return ids.flatMap((id, label) => {
    const folder = `train/${id}/images`
    const names = tree.list(folder).filter(isImage).sort()
    if (names.length === 0)
      throw dataError(tree.path(folder), 'holds no images', `Unpack or download ${FOLDER}.zip again.`)
    return names.map((name) => ({ name: `${folder}/${name}`, label }))
  })
}

const validationImages = async (tree: Tree, ids: readonly string[]): Promise<Labelled[]> =>
  (await readAnnotations(tree, ids)).map(({ file, label }) => ({ name: `val/images/${file}`, label }))

/** Images of 64 × 64, some of them grey; those for testing have no labels, so the ones for validation are the test. */
async function open(tree: Tree, split: Split, options: OpenOptions): Promise<Dataset> {
  if (split === 'unlabelled') throw new Error('Tiny ImageNet has no such split')
  const ids = await readClasses(tree)
  const images = await (split === 'train' ? trainingImages(tree, ids) : validationImages(tree, ids))
  const texts = [CLASSES, ...(split === 'test' ? [ANNOTATIONS] : [])]
  const names = [...images.map(({ name }) => name), ...texts]
  return preparedImages(
    {
      name: 'tiny-imagenet',
      what: tree.place,
      classes: ids.length,
      classNames: await readWords(tree, ids),
      files: images.map(({ name, label }) => ({
        name: tree.path(name),
        label,
        bytes: () => tree.read(name),
      })),
      content: await tree.content(names, options),
      stamp: () => tree.stamp(names),
    },
    options,
  )
}

function onDisk(place: string): Found[] {
  const evidence = join(place, CLASSES)
  if (kindOf(evidence) !== 'file') return []
  const there = { train: join(place, 'train'), test: join(place, 'val') }
  const splits = (['train', 'test'] as const).filter((split) => kindOf(there[split]) === 'folder')
  const tree = treeOnDisk(place)
  return [{ place, evidence, splits, open: (split, options) => open(tree, split, options) }]
}

const inZip = (path: string): Found => ({
  ...{ place: path, evidence: path, splits: ['train', 'test'] },
  open: (split, options) => withTreeInZip(path, (tree) => open(tree, split, options)),
})

const archive = /^tiny-imagenet-200[^/]*\.zip$/i

/** Tiny ImageNet as downloaded, or unpacked; where both are there, what is unpacked is read. */
export const tinyImagenetFormat: Format = {
  kind: 'tiny-imagenet',
  lookedFor: `Tiny ImageNet: ${FOLDER}.zip, or unpacked ${FOLDER}/ with ${CLASSES}, train/ and val/`,
  find: (path) => {
    const kind = kindOf(path)
    if (kind === 'file') return archive.test(basename(path)) ? [inZip(path)] : []
    if (kind !== 'folder') return []
    const unpacked = [path, join(path, FOLDER)].flatMap(onDisk)
    if (unpacked.length > 0) return unpacked
    return orFileError('read', path, () => readdirSync(path))
      .sort()
      .filter((name) => archive.test(name) && kindOf(join(path, name)) === 'file')
      .map((name) => inZip(join(path, name)))
  },
}
