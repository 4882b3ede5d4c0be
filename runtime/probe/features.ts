import { platform } from '#platform'
import { Stepper } from '../train/stepper.ts'
import type { Values } from '../values/value-store.ts'
import { at } from '../../src/base/lists.ts'
import { gatherRows } from '../batches/rows.ts'
import { rowSize } from '../data/dataset.ts'
import { walk } from '../data/walk.ts'
import type { Dataset } from '../data/dataset.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { SessionOptions } from '../session/options.ts'
import type { GraphOutput } from '../../src/bundle/schema/graph.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** Rows of numbers, one an image. */
export interface Features {
  readonly count: number
  readonly dimension: number
  /** [count, dimension], row by row. */
  readonly values: Float32Array
}

/** Whether all of them are numbers: a network that diverged has others. */
export function areFinite({ values }: Features): boolean {
  for (const value of values) if (!Number.isFinite(value)) return false
  return true
}

/** Pixels in 0..1, or numbers as they are. */
export async function pixelFeatures(dataset: Dataset): Promise<Features> {
  const dimension = rowSize(dataset)
  const values = new Float32Array(dataset.count * dimension)
  const unit = dataset.type === 'uint8' ? 255 : 1
  for await (const { first, rows } of walk(dataset)) {
    const start = first * dimension
    rows.forEach((value, i) => {
      values[start + i] = value / unit
    })
  }
  return { count: dataset.count, dimension, values }
}

export interface EncodeOptions extends SessionOptions {
  /**
   * Outputs of the encode graph (`conv1.average`) that belong side by side, by a name for them; default: each on
   * its own.
   */
  readonly groups?: ReadonlyMap<string, readonly string[]>
}

/**
 * Features of every image, by group. They are written where they stay: those of all layers may be gigabytes.
 *
 * @param values the encoder's parameters
 */
export async function encode(
  bundle: Bundle,
  values: Values,
  dataset: Dataset,
  { groups, ...session }: EncodeOptions = {},
): Promise<Map<string, Features>> {
  const { encode } = bundle.manifest
  const stepper = await Stepper.open(bundle, encode, values, session)
  try {
    return await featuresBy(stepper, encode, dataset, { groups })
  } finally {
    await stepper.release()
  }
}

/** As `encode`, by an encoder that is there already. */
export async function featuresBy(
  stepper: Stepper,
  encode: Section,
  dataset: Dataset,
  {
    groups,
    signal,
  }: {
    readonly groups: EncodeOptions['groups'] | undefined
    readonly signal?: AbortSignal | undefined
  },
): Promise<Map<string, Features>> {
  const { count } = dataset
  const outputs = encode.graphs.flatMap(({ outputs }) => outputs)
  const wanted = groups ?? new Map(outputs.map(({ name }) => [name, [name]]))
  const features = new Map<string, Features>()
  for (const [group, names] of wanted) {
    const dimension = names.reduce((sum, name) => sum + dimensionOf(name, outputs), 0)
    features.set(group, { count, dimension, values: new Float32Array(count * dimension) })
  }
  for await (const { start, rows, outputs } of batchesThrough(stepper, encode.batch, dataset, signal))
    for (const [group, names] of wanted) {
      const into = features.get(group)
      if (!into) throw new Error(`no group ${group}`)
      let column = 0
      for (const name of names) {
        const part = outputs(name)
        writeColumns(into, start, rows, column, part)
        column += part.dimension
      }
    }
  return features
}

/** Features of some images of a data set. */
export interface EncodedBatch {
  /** The first of the images, and how many they are. */
  readonly start: number
  readonly rows: number
  /** The features of a name of the encode graph (`conv1.average`); rows beyond those of the images mean nothing. */
  readonly outputs: (name: string) => Features
}

/** Features of every image of a data set, batch by batch: the one place where an encoder goes through one. */
export async function* encodedBatches(
  bundle: Bundle,
  values: Values,
  dataset: Dataset,
  session: SessionOptions = {},
): AsyncGenerator<EncodedBatch, void> {
  const { encode } = bundle.manifest
  const stepper = await Stepper.open(bundle, encode, values, session)
  try {
    yield* batchesThrough(stepper, encode.batch, dataset)
  } finally {
    await stepper.release()
  }
}

/** @throws what the signal was aborted with, between two batches */
async function* batchesThrough(
  stepper: Stepper,
  batch: number,
  dataset: Dataset,
  signal?: AbortSignal,
): AsyncGenerator<EncodedBatch, void> {
  const { count } = dataset
  for (let start = 0; start < count; start += batch) {
    signal?.throwIfAborted()
    // The last batch is filled up with its last image; what comes out for the filling is cut off.
    const rows = Math.min(batch, count - start)
    const indices = Uint32Array.from({ length: batch }, (_, row) => start + Math.min(row, rows - 1))
    const images = await gatherRows(dataset, indices)
    const [result] = await stepper.run([{ images }])
    // Signals are heard only when the event loop turns.
    if (signal) await platform.threads.turn()
    const outputs = (name: string): Features => {
      const found = result?.outputs[name]
      if (!(found?.data instanceof Float32Array)) throw new Error(`no features ${name}`)
      return { count: batch, dimension: at(found.shape, 1), values: found.data }
    }
    yield { start, rows, outputs }
  }
}

function dimensionOf(name: string, outputs: readonly GraphOutput[]): number {
  const output = outputs.find((each) => each.name === name)
  if (!output) throw new Error(`no features ${name}`)
  return at(output.shape, 1)
}

/** The first rows of some features into the columns from `column` on of the rows from `start` on. */
function writeColumns(into: Features, start: number, rows: number, column: number, part: Features): void {
  for (let row = 0; row < rows; row++)
    into.values.set(
      part.values.subarray(row * part.dimension, (row + 1) * part.dimension),
      (start + row) * into.dimension + column,
    )
}

export function selectRows({ dimension, values }: Features, rows: ArrayLike<number>): Features {
  const selected = new Float32Array(rows.length * dimension)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0
    selected.set(values.subarray(row * dimension, (row + 1) * dimension), i * dimension)
  }
  return { count: rows.length, dimension, values: selected }
}
