import { UserError } from '../../src/base/error.ts'
import { at } from '../../src/base/lists.ts'
import { bytesPerElement } from '../../src/base/dtype.ts'

export const splits = ['unlabelled', 'train', 'test'] as const
/** A part of a data set: images without labels, images to learn from, images to be asked for. */
export type Split = (typeof splits)[number]

/** Bytes from 0 to 255, which graphs see as 0 to 1; or numbers, which they see as they are. */
export type ValueType = 'uint8' | 'float32'
export type Rows = Uint8Array | Float32Array

/** Channels, height, width; a signal has height 1. */
export type RowShape = readonly [channels: number, height: number, width: number]

/** One split of a data set: rows that are read when they are wanted, and labels, all at once. */
export interface Dataset {
  /** As runs and reports call it. */
  readonly name: string
  /** Number of rows. */
  readonly count: number
  /** Of a row: [channels, height, width]. */
  readonly shape: RowShape
  /** Of its values: bytes from 0 to 255, or numbers. */
  readonly type: ValueType
  /** How many classes there are, those of other splits included; undefined where nothing is labelled. */
  readonly classes: number | undefined
  /** What they are called, one name per class, where that is known. */
  readonly classNames?: readonly string[] | undefined
  /** [count], each below `classes`. */
  readonly labels: Uint32Array | undefined
  /** Parts of this split that a protocol trains on one at a time, by row (STL-10 has ten). */
  readonly folds?: readonly Uint32Array[] | undefined
  /** Rows that were left out, and why; of images that could not be read, where that was asked for. */
  readonly leftOut?: readonly string[] | undefined
  /** SHA-256 of all rows and labels, where it is known without reading them all. */
  readonly content?: string | undefined
  /**
   * Writes rows one after the other into a buffer of indices.length × channels × height × width values. It may be
   * called again before it is done.
   *
   * @throws RangeError for a row that there is not, UserError where it cannot be read
   */
  readonly read: (indices: Uint32Array, into: Rows) => void | Promise<void>
}

/** Values in one row. */
export const rowSize = ({ shape: [channels, height, width] }: Pick<Dataset, 'shape'>): number =>
  channels * height * width

/** Bytes of one row. */
export const rowBytes = (dataset: Pick<Dataset, 'shape' | 'type'>): number =>
  rowSize(dataset) * bytesPerElement[dataset.type]

/** Room for so many rows. */
export const roomFor = (dataset: Pick<Dataset, 'shape' | 'type'>, count: number): Rows =>
  dataset.type === 'uint8'
    ? new Uint8Array(count * rowSize(dataset))
    : new Float32Array(count * rowSize(dataset))

export const requireRows = (indices: Uint32Array, count: number): void => {
  for (const index of indices) if (index >= count) throw new RangeError(`row ${index} of ${count}`)
}

/** @throws UserError ('DataError') where there are none; `what` needs them. */
export function labelsOf({ name, labels }: Pick<Dataset, 'name' | 'labels'>, what: string): Uint32Array {
  if (labels) return labels
  throw new UserError('DataError', `${name} has no labels, and ${what} needs them`, {
    help: 'Give a labelled data set, such as a folder with one folder per class.',
  })
}

/** One more than the largest label. */
export const classesOf = (labels: readonly Uint32Array[]): number =>
  labels.reduce((most, each) => each.reduce((most, label) => Math.max(most, label + 1), most), 1)

/** @throws UserError ('DataError') for a label that is none of the classes */
export function requireLabelsBelow({ labels, classes }: Dataset, where: string): void {
  const wrong = labels?.findIndex((label) => classes === undefined || label >= classes)
  if (wrong === undefined || wrong < 0) return
  throw new UserError(
    'DataError',
    `${where}: label ${String(labels?.[wrong])} of row ${wrong} is out of range: it has ${String(classes)} classes`,
    {
      help: 'Number the classes from 0, and take labels of the same data set.',
    },
  )
}

/** Of some rows, in the order of the indices. */
export const pickLabels = (labels: Uint32Array, rows: ArrayLike<number>): Uint32Array =>
  Uint32Array.from(rows, (row) => at(labels, row))

/** Some rows as a data set of their own, in the order of the indices. */
export function subset(of: Dataset, indices: Uint32Array): Dataset {
  requireRows(indices, of.count)
  // Not what else it may be: whoever knows how its rows are stored does not know which are taken.
  const { name, shape, type, classes, classNames } = of
  return {
    ...{ name, shape, type, classes, classNames },
    count: indices.length,
    labels: of.labels && pickLabels(of.labels, indices),
    read: (rows, into) => {
      requireRows(rows, indices.length)
      return of.read(pickLabels(indices, rows), into)
    },
  }
}
