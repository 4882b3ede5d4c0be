import { basename, resolve } from 'node:path'
import { UserError } from '../../src/error.ts'
import { describeKind, kindOf } from '../../src/file-kind.ts'
import { sharedDataset } from './shared.ts'
import { cifarLookedFor, openCifar } from './cifar.ts'
import { idxLookedFor, openIdxFolder } from './idx-folder.ts'

export type Split = 'train' | 'test'

/** Labelled images; bytes stay bytes until a batch is made of them. */
export interface Dataset {
  readonly name: string
  /** [count, channels, height, width], all in one piece. */
  readonly images: Uint8Array
  /** [count], each below `classes`. */
  readonly labels: Uint8Array
  readonly count: number
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly classes: number
  /** Per channel, of the training images, where a byte of 255 is 1. */
  readonly mean: readonly number[]
  readonly std: readonly number[]
}

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
 * MNIST family), CIFAR-10 or CIFAR-100 binary. Throws a UserError, mostly of kind DataError.
 */
export const openDataset = (folder: string, split: Split): Dataset => {
  requireFolder(folder)
  const dataset = openIdxFolder(folder, basename(resolve(folder)), split) ?? openCifar(folder, split)
  // In place of the file's own bytes, which are then free: a thread that prepares batches needs no copy.
  if (dataset) return sharedDataset(dataset)
  throw new UserError('DataError', `no data set that Hebb knows in ${folder}`, {
    details: ['looked for', ...[idxLookedFor, ...cifarLookedFor].map((layout) => `  ${layout}`)],
    help: 'Unpack an archive first; of CIFAR take the "binary version", not the Python one.',
  })
}
