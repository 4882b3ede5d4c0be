import type { SchemaTree } from 'hyparquet'
import { z } from 'zod'
import { isLabel, notALabel } from '../../label.ts'
import { dataError } from '../../read.ts'
import { shown } from '../../../../src/base/file-error.ts'
import type { ParquetFile } from './file.ts'

/** Which columns are images and labels, by the names that people give them on Hugging Face. */

const imageNames = ['image', 'img', 'images', 'picture', 'photo', 'jpg', 'png', 'webp']
const labelNames = ['label', 'labels', 'fine_label', 'class', 'cls', 'target', 'y']

/** Whether each row has many values. */
const isRepeated = ({ element, children }: SchemaTree): boolean =>
  element.repetition_type === 'REPEATED' || children.some(isRepeated)

const first = (names: readonly string[], columns: readonly string[]): string | undefined =>
  names.find((name) => columns.includes(name))

export interface Columns {
  readonly image: string
  readonly label: string | undefined
  readonly classNames: readonly string[] | undefined
}

const features = z.looseObject({
  info: z.looseObject({
    features: z.record(z.string(), z.looseObject({ names: z.array(z.string()).optional() })),
  }),
})

/** As the `datasets` library writes them down beside the columns. */
function namesOf({ metadata }: ParquetFile, label: string): readonly string[] | undefined {
  const text = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value
  if (text === undefined) return undefined
  try {
    return features.safeParse(JSON.parse(text)).data?.info.features[label]?.names
  } catch {
    // What is no JSON names no classes; they are numbered.
    return undefined
  }
}

/** @throws UserError ('DataError') where no column is known to be images */
export function columnsFor(file: ParquetFile): Columns {
  const columns = file.columns.map(({ element }) => element.name)
  const image = first(imageNames, columns)
  if (image === undefined)
    throw dataError(
      file.path,
      `has the columns ${columns.map((name) => shown(name, 40)).join(', ')}, none of which is known to be images`,
      `Call it ${imageNames.slice(0, 2).join(' or ')}; docs/data.md has all names.`,
    )
  const label = first(labelNames, columns)
  for (const { element, ...rest } of file.columns)
    if ((element.name === image || element.name === label) && isRepeated({ element, ...rest }))
      throw dataError(file.path, `the column '${shown(element.name)}' holds lists`, 'Give one value per row.')
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
