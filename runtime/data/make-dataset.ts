import { z } from 'zod'
import { UserError } from '../../src/base/error.ts'
import { shown } from '../../src/base/file-error.ts'
import { didYouMean } from '../../src/base/near-names.ts'
import { classesOf, requireLabelsBelow, requireRows, type Dataset, type ValueType } from './dataset.ts'

const count = z.int({ error: 'a whole number from 1' }).min(1, { error: 'a whole number from 1' })
const axes = z.union([z.tuple([count, count, count]), z.tuple([count, count])], {
  error: '[channels, height, width], or [channels, length] of signals: whole numbers from 1',
})

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
  name: z.string({ error: 'a name' }).min(1, { error: 'a name' }),
  count: count.max(2 ** 32 - 1, { error: 'fewer than 4,294,967,296' }),
  shape: axes,
  type: z.enum(['uint8', 'float32'], { error: "'uint8' or 'float32'" }).default('uint8'),
  labels: z
    .custom<ArrayLike<number>>(
      (value) => typeof value === 'object' && value !== null && 'length' in value,
      'one whole number from 0 per row',
    )
    .optional(),
  classes: z
    .union([count, z.array(z.string()).min(1)], { error: 'how many there are, or their names' })
    .optional(),
  read: z.custom<Dataset['read']>(
    (value) => typeof value === 'function',
    'a function, (indices, into) => …, that writes rows into a buffer',
  ),
})

/** Names first: what is misspelt is also missing. */
function mistaken(options: unknown, issues: readonly z.core.$ZodIssue[]): UserError {
  const known = Object.keys(optionSchema.shape)
  const given = typeof options === 'object' && options !== null ? Object.keys(options) : []
  const unknown = given.filter((name) => !known.includes(name))
  const [first] = unknown
  if (first !== undefined)
    return new UserError(
      'DataError',
      `dataset has no option ${unknown.map((name) => `'${shown(name)}'`).join(', ')}`,
      {
        help: didYouMean(first, known),
      },
    )
  const [issue] = issues
  return new UserError('DataError', `dataset: ${String(issue?.path[0] ?? 'options')} is not what it may be`, {
    details: [`give ${issue?.message ?? ''}`],
    help: 'docs/data.md tells what a data set is made of.',
  })
}

/**
 * A data set of one's own, for `--data ./mine.ts#dataset` and for the runtime as a library.
 *
 * @throws UserError ('DataError') where an option is missing, misspelt or not what it may be, or a label is none
 */
export function dataset(options: DatasetOptions): Dataset {
  const parsed = optionSchema.safeParse(options)
  if (!parsed.success) throw mistaken(options, parsed.error.issues)
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
