import { resolve } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { shown } from '../../src/base/file-error.ts'
import { kindOf } from '../../src/base/file-kind.ts'
import { didYouMean } from '../../src/base/near-names.ts'
import { checked, checkedArgument, type Checks } from '../given/check.ts'
import { Hearing } from '../given/hearing.ts'
import { flag, listener, oneOf, path, rowShape, signal, splits } from '../given/kinds.ts'
import { formats } from './formats/formats.ts'
import { splitNames } from './no-such-split.ts'
import { nothingKnown } from './nothing-known.ts'
import { ownData, ownPath } from './own-dataset.ts'
import type { Dataset, Split } from './dataset.ts'
import type { DataSource, Format, Found, OpenOptions } from './format.ts'

/** `cifar10:PATH` names the kind; a path may have a colon of its own. */
function parseSpec(spec: string): { readonly format: Format | undefined; readonly path: string } {
  const [, kind, path] = /^([a-z][a-z0-9-]+):(.+)$/s.exec(spec) ?? []
  if (kind === undefined || path === undefined || kindOf(spec) !== undefined)
    return { format: undefined, path: spec }
  const format = formats.find((each) => each.kind === kind)
  if (format) return { format, path }
  const kinds = formats.map((each) => each.kind)
  throw new UserError('DataError', `there is no kind of data set '${shown(kind)}'`, {
    details: [`kinds: ${kinds.join(', ')}`],
    help: didYouMean(kind, kinds),
  })
}

interface FoundAs extends Found {
  readonly kind: string
}

const findAs = async (format: Format, path: string): Promise<FoundAs[]> =>
  (await format.find(path)).map((found) => ({ ...found, kind: format.kind }))

/** Of all kinds; general ones only where there is no other. */
export async function findAny(path: string): Promise<FoundAs[]> {
  const found: FoundAs[] = []
  for (const isGeneral of [false, true])
    for (const format of formats)
      if (
        format.isOnlyNamed !== true &&
        (format.isGeneral ?? false) === isGeneral &&
        (!isGeneral || found.length === 0)
      )
        found.push(...(await findAs(format, path)))
  return found
}

const ambiguous = (path: string, found: readonly FoundAs[]) =>
  new UserError('DataError', `${shown(path)} holds more than one data set`, {
    details: found.map(
      ({ kind, place, evidence }) => `--data ${kind}:${shown(place)}   with ${shown(evidence)}`,
    ),
    help: 'Say which of them is meant, as above.',
  })

/**
 * Finds the data set of `PATH`, `KIND:PATH`, or of a module of the user's own, `mine.ts#dataset`.
 *
 * @throws UserError ('DataError', 'FileError') where there is none, or more than one
 */
export async function findData(spec: string): Promise<DataSource> {
  checkedArgument('findData', 'spec', path, spec)
  const source = await find(spec)
  return { ...source, open: once(source.open) }
}

/** A split is opened once, however often it is asked for in the same way: its classes are counted before it is trained on. */
function once(open: DataSource['open']): DataSource['open'] {
  const opened = new Map<string, Dataset>()
  return async (split, options) => {
    const way = JSON.stringify([split, options.wanted, options.skipOdd])
    const dataset = opened.get(way) ?? (await open(split, options))
    opened.set(way, dataset)
    return dataset
  }
}

async function find(spec: string): Promise<DataSource> {
  const own = ownPath(spec)
  if (own && kindOf(spec) !== 'folder') return ownData(spec, own.file, own.name)
  const { format, path } = parseSpec(spec)
  if (kindOf(path) === undefined)
    throw new UserError('DataError', `no folder ${shown(path)}`, {
      details: [`looked for ${shown(resolve(path))}`],
      help: 'Check the path; it names a data set, or the folder with its files.',
    })
  const all = await (format ? findAs(format, path) : findAny(path))
  // Of a kind that is named, what lies in the folder itself comes before what lies below it.
  const itself = format ? all.filter(({ place }) => resolve(place) === resolve(path)) : []
  const [found, ...others] = itself.length > 0 ? itself : all
  if (!found) throw await nothingKnown(path, format)
  if (others.length > 0) throw ambiguous(path, [found, ...others])
  const { kind, place, splits, open, odd = () => [] } = found
  return {
    spec: format ? `${kind}:${resolve(path)}` : resolve(path),
    kind,
    path: resolve(place),
    splits,
    odd,
    open,
  }
}

/** @throws UserError ('DataError', 'FileError') where the split is not there, or its files are damaged */
export async function openSplit(
  source: DataSource,
  split: Split,
  options: OpenOptions = {},
): Promise<Dataset> {
  const dataset = await source.open(split, { ...options, spec: source.spec })
  const { leftOut = [] } = dataset
  if (leftOut.length > 0)
    options.onNotice?.(
      `${dataset.name}: ${leftOut.length} of the ${splitNames[split]} cannot be read and are left out`,
    )
  return dataset
}

/**
 * Opens one split of a data set, whichever known layout it has. Rows are read when they are wanted.
 *
 * @throws UserError as `findData` and `openSplit`
 */
export async function openDataset(spec: string, split: Split, options: OpenOptions = {}): Promise<Dataset> {
  const hearing = new Hearing()
  const heard = hearing.of(checked('openDataset', checks, options))
  checkedArgument('openDataset', 'split', oneOf(...splits), split)
  const dataset = await openSplit(await findData(spec), split, heard)
  await hearing.done()
  return dataset
}

const checks: Checks<OpenOptions> = {
  wanted: rowShape.optional(),
  skipOdd: flag.optional(),
  spec: path.optional(),
  onProgress: listener<OpenOptions['onProgress']>('progress').optional(),
  signal: signal.optional(),
  onNotice: listener<OpenOptions['onNotice']>('notice').optional(),
}

/** `cifar-10: 50,000 images of 3 × 32 × 32, 10 classes`. */
export function describeDataset({
  name,
  count,
  shape: [channels, height, width],
  classes,
  labels,
}: Dataset): string {
  const what =
    height === 1 ? `signals of ${channels} × ${width}` : `images of ${channels} × ${height} × ${width}`
  const known = labels && classes !== undefined ? `${classes} classes` : 'no labels'
  return `${shown(name)}: ${count.toLocaleString('en-GB')} ${what}, ${known}`
}
