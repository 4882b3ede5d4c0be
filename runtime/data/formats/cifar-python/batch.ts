import { shown } from '../../../../src/base/file-error.ts'
import { dataError } from '../../read.ts'
import { ByteArray } from './globals.ts'
import { readPickle } from './pickle.ts'
import { SIDE, type Layout } from './layouts.ts'

const ROW = 3 * SIDE * SIDE

export interface Batch {
  /** [images, 3 × 32 × 32]. */
  readonly rows: Uint8Array
  readonly labels: readonly number[]
}

type Fields = ReadonlyMap<string, unknown>

/** Names of fields and of classes are short. */
const LONGEST_TEXT = 1000

const asText = (value: unknown): string | undefined => {
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) return undefined
  if (value.length > LONGEST_TEXT) return undefined
  return typeof value === 'string' ? value : Buffer.from(value).toString('latin1')
}

/** Keys are text in Python 3's pickles, bytes in Python 2's. */
function fieldsOf(bytes: Uint8Array, path: string): Fields {
  const value = readPickle(bytes, path)
  if (!(value instanceof Map)) throw dataError(path, 'is a pickle of something else than a batch of CIFAR')
  return new Map(
    [...(value as ReadonlyMap<unknown, unknown>)].flatMap(([key, each]) => {
      const name = asText(key)
      return name === undefined ? [] : [[name, each] as const]
    }),
  )
}

const has = (fields: Fields): string =>
  `it has ${
    [...fields.keys()]
      .slice(0, 10)
      .map((name) => `'${shown(name)}'`)
      .join(', ') || 'nothing'
  }`

/** A pickle of some bytes holds lists that take for ever to be told: of what is no number, only that is said. */
const inWords = (label: unknown): string => (typeof label === 'number' ? `${label}` : 'no number')

function labelsOf(fields: Fields, name: string, classes: number, count: number, path: string): number[] {
  const labels = fields.get(name)
  if (!Array.isArray(labels)) throw dataError(path, `has no list '${name}': ${has(fields)}`)
  if (labels.length !== count)
    throw dataError(path, `holds ${labels.length} of '${name}' for ${count} images`)
  const wrong = labels.findIndex(
    (label: unknown) => !Number.isInteger(label) || Number(label) < 0 || Number(label) >= classes,
  )
  if (wrong >= 0)
    throw dataError(
      path,
      `'${name}' of image ${wrong} is ${inWords(labels[wrong])}: there are ${classes} classes`,
      'It may be of another data set.',
    )
  return labels as number[]
}

/** @throws UserError ('DataError') where it is something else, damaged, or a label is none */
export function readBatch(bytes: Uint8Array, layout: Layout, path: string): Batch {
  const fields = fieldsOf(bytes, path)
  const data = fields.get('data')
  if (!(data instanceof ByteArray)) throw dataError(path, `has no array 'data': ${has(fields)}`)
  const [count = 0, size] = data.shape
  if (data.shape.length !== 2 || size !== ROW || count === 0)
    throw dataError(path, `holds an array of ${data.shape.join(' × ')}, and images are 3 × ${SIDE} × ${SIDE}`)
  if (layout.coarse) labelsOf(fields, layout.coarse.labels, layout.coarse.classes, count, path)
  return { rows: data.values, labels: labelsOf(fields, layout.labels, layout.classes, count, path) }
}

/** What the classes are called. @throws UserError ('DataError') where it is something else or damaged */
export function readNames(bytes: Uint8Array, layout: Layout, path: string): string[] {
  const fields = fieldsOf(bytes, path)
  const names = fields.get(layout.names)
  const texts = Array.isArray(names) && names.length === layout.classes ? names.map(asText) : []
  if (texts.length === 0 || texts.includes(undefined))
    throw dataError(path, `has no ${layout.classes} '${layout.names}': ${has(fields)}`)
  return texts.filter((text) => text !== undefined)
}
