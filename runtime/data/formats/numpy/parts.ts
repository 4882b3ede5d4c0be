import { shown } from '../../../../src/base/file-error.ts'
import { dataError } from '../../read.ts'
import type { Split } from '../../dataset.ts'
import type { NpyArray } from './arrays.ts'

/** Which array is what, by the names that people give them. */

interface Names {
  readonly rows: readonly string[]
  readonly labels: readonly string[]
}

const prefixes: Readonly<Record<Split, readonly string[]>> = {
  train: ['train', 'training'],
  test: ['test', 'testing', 'val', 'valid', 'validation'],
  unlabelled: ['unlabelled', 'unlabeled', 'unsupervised'],
}
const rows = ['x', 'images', 'image', 'imgs', 'data', 'signals', 'arr_0']
const labels = ['y', 'labels', 'label', 'targets', 'target']

/** Names of images, with those of their own labels: `x_test` has none in `y_val`. */
function namesOf(split: Split): Names[] {
  const named = prefixes[split].map((prefix) => {
    const both = (parts: readonly string[]) =>
      parts.flatMap((part) => [`${prefix}_${part}`, `${part}_${prefix}`])
    return { rows: [...both(rows), prefix], labels: both(labels) }
  })
  // What says nothing of a split is what is trained on; `train.npy` alone is images.
  return split === 'train' ? [...named, { rows, labels }] : named
}

const normal = (name: string): string => name.toLowerCase().replaceAll('-', '_')

export interface Parts {
  readonly rows: NpyArray
  readonly labels: NpyArray | undefined
}

/** @throws UserError ('DataError') where two arrays have one name, as `x_train` and `X-train` have */
function onlyOf(arrays: readonly NpyArray[]): readonly NpyArray[] {
  const [array, other] = arrays
  if (array && other)
    throw dataError(
      other.shown,
      `has the name of ${shown(array.shown, 4096)}`,
      'Rename or remove the one that is not meant.',
    )
  return arrays
}

/** The arrays of every split that there is. A file with one array, whatever it is called, is what is trained on. */
export function partsOf(arrays: readonly NpyArray[], isFile: boolean): ReadonlyMap<Split, Parts> {
  const first = (names: readonly string[]) =>
    names.flatMap((name) => onlyOf(arrays.filter((array) => normal(array.name) === name)))[0]
  const found = new Map<Split, Parts>()
  for (const split of ['unlabelled', 'train', 'test'] as const) {
    const known = namesOf(split)
    for (const names of known) {
      const array = first(names.rows)
      if (!array || found.has(split)) continue
      // Plain `y` beside `x_train` can be nothing else's.
      const plain = split === 'train' && !first(rows) ? first(labels) : undefined
      const own = split === 'unlabelled' ? undefined : (first(names.labels) ?? plain)
      found.set(split, { rows: array, labels: own })
    }
  }
  const [only, ...others] = arrays
  if (isFile && found.size === 0 && only && others.length === 0)
    found.set('train', { rows: only, labels: undefined })
  return found
}

/** @throws UserError ('DataError') that tells which names are known */
export const noRows = (path: string, arrays: readonly NpyArray[]) =>
  dataError(
    path,
    `holds arrays called ${arrays.map(({ name }) => shown(name, 40)).join(', ')}, none of which is known to be images`,
    'Call them x_train, y_train, x_test, y_test; docs/data.md has all names.',
  )
