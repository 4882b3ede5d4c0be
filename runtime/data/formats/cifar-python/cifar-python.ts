import { prepared } from '../../cache/prepared.ts'
import { rowSize, type Dataset, type Split } from '../../dataset.ts'
import type { Batch } from './batch.ts'
import { findFiles, required, type Files } from './files.ts'
import { layouts, shape, type Layout } from './layouts.ts'
import type { Decoded } from '../../cache/preparation.ts'
import type { Format, OpenOptions, Preparing } from '../../format.ts'

/** Grows when other bits come of the same files. */
const HOW = 'CIFAR for Python, read in way 1'

interface Opened {
  readonly batches: readonly Batch[]
  readonly classNames: readonly string[]
}

/** All batches of a split: where an archive has them in another order, all of them are unpacked first. */
async function read(files: Files, layout: Layout, names: readonly string[]): Promise<Opened> {
  // What reads pickles is loaded where there are any.
  const { readBatch, readNames } = await import('./batch.ts')
  const all = await files.read([...names, layout.meta])
  const [meta, ...batches] = [layout.meta, ...names].map((name) => ({
    bytes: required(all, name, files, layout),
    path: files.path(name),
  }))
  return {
    batches: batches.map(({ bytes, path }) => readBatch(bytes, layout, path)),
    classNames: meta ? readNames(meta.bytes, layout, meta.path) : [],
  }
}

const size = rowSize({ shape })

function* rowsOf(batches: readonly Batch[]): Generator<Decoded> {
  for (const { rows, labels } of batches)
    for (const [image, label] of labels.entries())
      yield { row: rows.subarray(image * size, (image + 1) * size), label }
}

async function open(files: Files, layout: Layout, split: Split, options: OpenOptions): Promise<Dataset> {
  if (split === 'unlabelled') throw new Error(`${layout.name} has no such split`)
  const names = layout.files[split]
  const wanted = [...names, layout.meta]
  const missing = wanted.find((name) => !files.isKnownThere(name))
  if (missing !== undefined) required(new Map(), missing, files, layout)
  const { name, classes } = layout
  let opened: Opened = { batches: [], classNames: [] }
  const count = () => opened.batches.reduce((sum, { labels }) => sum + labels.length, 0)
  const onProgress = (progress: Preparing) => options.onProgress?.({ ...progress, total: count() })
  return prepared(
    {
      key: files.key(wanted, `${HOW}: ${split}`),
      ...{ name, shape, type: 'uint8', classes, what: files.place, total: count() },
      rows: async function* () {
        opened = await read(files, layout, names)
        yield* rowsOf(opened.batches)
      },
      namesRead: () => opened.classNames,
    },
    { ...options, onProgress },
  )
}

const formatOf = (layout: Layout): Format => ({
  kind: layout.kind,
  lookedFor: `${layout.name} for Python: ${layout.archiveName}, or unpacked ${layout.folder}/ with ${[...layout.files.train, ...layout.files.test, layout.meta].join(', ')}`,
  find: (path) =>
    findFiles(path, layout).map((files) => ({
      ...{ place: files.place, evidence: files.evidence },
      splits: (['train', 'test'] as const).filter((split) => layout.files[split].some(files.isKnownThere)),
      open: (split, options) => open(files, layout, split, options),
    })),
})

/** CIFAR-10 and CIFAR-100 as most people have them: pickles, in the archive or unpacked. */
export const cifarPythonFormats: readonly Format[] = layouts.map(formatOf)
