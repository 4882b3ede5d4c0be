import { z } from 'zod'
import { UserError } from '../../src/base/error.ts'
import { at } from '../../src/base/lists.ts'

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

const count = z.int().min(1)
const axes = z.union([z.tuple([count, count, count]), z.tuple([count, count])])

/** What a program makes a data set of its own from. */
export interface DatasetOptions {
  /** As runs and reports call it. */
  readonly name: string
  /** Number of rows. */
  readonly count: number
  /** [channels, height, width] of images, or [channels, length] of signals. */
  readonly shape: readonly [number, number, number] | readonly [number, number]
  /** Default uint8: bytes from 0 to 255. */
  readonly type?: ValueType
  /** [count], whole numbers from 0. */
  readonly labels?: ArrayLike<number>
  /** How many classes, or their names; default: one more than the largest label. */
  readonly classes?: number | readonly string[]
  /** Writes the rows of these indices one after the other into a buffer; it may return a promise. */
  readonly read: Dataset['read']
}

const optionSchema = z.strictObject({
  name: z.string().min(1),
  count: z
    .int()
    .min(1)
    .max(2 ** 32 - 1),
  shape: axes,
  type: z.enum(['uint8', 'float32']).default('uint8'),
  labels: z
    .custom<ArrayLike<number>>(
      (value) => typeof value === 'object' && value !== null && 'length' in value,
      'labels',
    )
    .optional(),
  classes: z.union([count, z.array(z.string()).min(1)]).optional(),
  read: z.custom<Dataset['read']>((value) => typeof value === 'function', 'a function (indices, into)'),
})

/**
 * A data set of one's own, for `--data ./mine.ts#dataset` and for the runtime as a library.
 *
 * @throws UserError ('DataError') where an option is missing, misspelt or not what it may be, or a label is none
 */
export function dataset(options: DatasetOptions): Dataset {
  const parsed = optionSchema.safeParse(options)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new UserError('DataError', `dataset: ${[issue?.path.join('.'), issue?.message].join(' ').trim()}`, {
      help: 'docs/data.md tells what a data set is made of.',
    })
  }
  const { name, count, shape, type, classes, read } = parsed.data
  const labels = parsed.data.labels && Uint32Array.from(parsed.data.labels)
  if (labels) checkLabels(name, labels, parsed.data.labels, count)
  const known = typeof classes === 'object' ? classes.length : classes
  const dataset: Dataset = {
    name,
    count,
    shape: shape.length === 2 ? [shape[0], 1, shape[1]] : shape,
    type,
    classes: known ?? (labels && classesOf([labels])),
    classNames: typeof classes === 'object' ? classes : undefined,
    labels,
    read: (indices, into) => {
      requireRows(indices, count)
      return read(indices, into)
    },
  }
  requireLabelsBelow(dataset, `data set '${name}'`)
  return dataset
}

function checkLabels(
  name: string,
  labels: Uint32Array,
  given: ArrayLike<number> | undefined,
  count: number,
): void {
  if (labels.length !== count)
    throw new UserError('DataError', `data set '${name}' has ${labels.length} labels for ${count} rows`, {
      help: 'Give one label per row.',
    })
  const wrong = labels.findIndex((label, row) => label !== given?.[row])
  if (wrong >= 0)
    throw new UserError(
      'DataError',
      `data set '${name}': label ${String(given?.[wrong])} of row ${wrong} is no whole number from 0`,
      {
        help: 'Number the classes from 0.',
      },
    )
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
