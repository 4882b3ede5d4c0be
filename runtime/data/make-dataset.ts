import { z } from 'zod'
import { UserError } from '../../src/base/error.ts'
import { classesOf, requireLabelsBelow, requireRows, type Dataset, type ValueType } from './dataset.ts'

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
