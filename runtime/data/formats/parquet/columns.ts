import type { SchemaTree } from 'hyparquet'
import { z } from 'zod'
import { listOf, parseJsonAs, recordOf } from '../../../../src/base/strangers.ts'
import { isLabel, notALabel } from '../../label.ts'
import { dataError } from '../../read.ts'
import { shown } from '../../../../src/base/file-error.ts'
import type { ParquetFile } from './file.ts'

/** Which columns are images and labels, by the names that people give them on Hugging Face. */

const imageNames = ['image', 'img', 'images', 'picture', 'photo', 'jpg', 'png', 'webp']
/** Of its columns, in a message. */
const MOST_SHOWN = 20
const labelNames = ['label', 'labels', 'fine_label', 'class', 'cls', 'target', 'y']

/** Whether each row has many values. */
const isRepeated = ({ element, children }: SchemaTree): boolean =>
  element.repetition_type === 'REPEATED' || children.some(isRepeated)

/** What numbers and bytes are read as they are, or as text; all else is made into something else, which may take for ever. */
const plain = /^(INTEGER|U?INT_\d+|FLOAT16|STRING|UTF8|ENUM|NULL)$/

const isPlain = ({ element, children }: SchemaTree): boolean =>
  [element.converted_type, element.logical_type?.type].every(
    (type) => type === undefined || plain.test(type),
  ) && children.every(isPlain)

const first = (names: readonly string[], columns: readonly string[]): string | undefined =>
  names.find((name) => columns.includes(name))

export interface Columns {
  readonly image: string
  readonly label: string | undefined
  readonly classNames: readonly string[] | undefined
}

const features = z.looseObject({
  info: z.looseObject({
    features: recordOf(z.looseObject({ names: listOf(z.string()).optional() })),
  }),
})

/** As the `datasets` library writes them down beside the columns. */
function namesOf({ metadata }: ParquetFile, label: string): readonly string[] | undefined {
  const text = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value
  if (text === undefined) return undefined
  try {
    return parseJsonAs(text, features).info.features[label]?.names
  } catch {
    // What is no JSON names no classes; they are numbered.
    return undefined
  }
}

/** @throws UserError ('DataError') where no column is known to be images */
export function columnsFor(file: ParquetFile): Columns {
  const columns = file.columns.map(({ element }) => element.name)
  const some = columns.slice(0, MOST_SHOWN).map((name) => shown(name, 40))
  const image = first(imageNames, columns)
  if (image === undefined)
    throw dataError(
      file.path,
      `has the columns ${some.join(', ')}${columns.length > MOST_SHOWN ? ', …' : ''}, none of which is known to be images`,
      `Call it ${imageNames.slice(0, 2).join(' or ')}; docs/data.md has all names.`,
    )
  const label = first(labelNames, columns)
  for (const column of file.columns) {
    const { name } = column.element
    if (name !== image && name !== label) continue
    if (isRepeated(column))
      throw dataError(file.path, `the column '${shown(name)}' holds lists`, 'Give one value per row.')
    if (!isPlain(column))
      throw dataError(
        file.path,
        `the column '${shown(name)}' is neither bytes nor whole numbers`,
        'Write images as bytes, and labels as integers.',
      )
  }
  return { image, label, classNames: label === undefined ? undefined : namesOf(file, label) }
}

/** The bytes of an image file, alone or beside its name. */
export function imageBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (typeof value === 'object' && value !== null && 'bytes' in value && value.bytes instanceof Uint8Array)
    return value.bytes
  throw new Error('holds no bytes of an image')
}

/** Whole numbers; undefined where all are missing (−1, or nothing), as for tests whose labels are secret. */
export function labelsFrom(values: readonly unknown[], { path }: ParquetFile): number[] | undefined {
  if (values.every((value) => value === null || value === undefined || Number(value) === -1)) return undefined
  return values.map((value, row) => {
    const label = typeof value === 'bigint' || typeof value === 'number' ? Number(value) : NaN
    if (isLabel(label)) return label
    throw dataError(path, `the label of row ${row} is ${notALabel}`, 'Number the classes from 0.')
  })
}
