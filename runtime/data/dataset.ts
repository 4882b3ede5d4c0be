import { basename, resolve } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { describeKind, kindOf } from '../../src/base/file-kind.ts'
import { sharedDataset } from './shared.ts'
import { cifarPlaces } from './cifar.ts'
import { idxFilesIn, openIdxFolder } from './idx-folder.ts'
import { nothingKnown } from './unknown-folder.ts'
import type { Dataset, Split } from './labelled-images.ts'

export type { Dataset, Split } from './labelled-images.ts'

const requireFolder = (folder: string): void => {
  const kind = kindOf(folder)
  if (kind === 'folder') return
  if (kind === undefined)
    throw new UserError('DataError', `no folder ${folder}`, {
      details: [`looked for ${resolve(folder)}`],
      help: 'Check the path; it names a folder with the files of a data set.',
    })
  throw new UserError('DataError', `${folder} is ${describeKind(kind, folder)}, not a folder`, {
    help: 'Give the folder that holds the files of the data set.',
  })
}

/**
 * Opens the training or test images of a folder, whichever known layout it has: gzipped or plain IDX (the
 * MNIST family), CIFAR-10 or CIFAR-100 binary. Throws a UserError, mostly of kind DataError; also where there are two.
 */
export const openDataset = (folder: string, split: Split): Dataset => {
  requireFolder(folder)
  const [idxFile] = idxFilesIn(folder)
  const idx =
    idxFile === undefined
      ? []
      : [{ file: idxFile, open: () => openIdxFolder(folder, basename(resolve(folder)), split) }]
  const [found, ...others] = [...idx, ...cifarPlaces(folder)]
  if (!found) throw nothingKnown(folder)
  if (others.length > 0)
    throw new UserError('DataError', `${folder} holds more than one data set`, {
      details: [found, ...others].map(({ file }) => `one with ${file}`),
      help: 'Put each of them into a folder of its own.',
    })
  // In place of the file's own bytes, which are then free: a thread that prepares batches needs no copy.
  return sharedDataset(found.open(split))
}
