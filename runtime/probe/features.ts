import { Stepper, type Values } from '../stepper.ts'
import { gatherImages } from '../data/batches.ts'
import type { Dataset } from '../data/dataset.ts'
import type { LoadedBundle } from '../bundle.ts'
import type { SessionOptions } from '../provider.ts'

/** Rows of numbers, one an image. */
export interface Features {
  readonly count: number
  readonly dimension: number
  /** [count, dimension], row by row. */
  readonly values: Float32Array
}

/** Pixels in 0..1, as they are. */
export function pixelFeatures({ images, count }: Dataset): Features {
  const values = Float32Array.from(images, (byte) => byte / 255)
  return { count, dimension: values.length / count, values }
}

/**
 * Features of every layer, by the names of the encode graph's outputs (`conv1.average`).
 *
 * @param values the encoder's parameters
 */
export async function encode(
  bundle: LoadedBundle,
  values: Values,
  dataset: Dataset,
  options: SessionOptions = {},
): Promise<Map<string, Features>> {
  const { encode } = bundle.manifest
  const stepper = await Stepper.create(bundle, encode, values, options)
  const { batch } = encode
  const { count, channels, height, width } = dataset
  const shapes = encode.graphs.flatMap(({ outputs }) => outputs)
  const features = new Map(
    shapes.map(({ name, shape: [, dimension = 0] }) => [
      name,
      { count, dimension, values: new Float32Array(count * dimension) },
    ]),
  )
  for (let start = 0; start < count; start += batch) {
    // The last batch is filled up with its last image; what comes out for the filling is cut off.
    const rows = Math.min(batch, count - start)
    const indices = Uint32Array.from({ length: batch }, (_, row) => start + Math.min(row, rows - 1))
    const images = {
      type: 'uint8' as const,
      shape: [batch, channels, height, width],
      data: gatherImages(dataset, indices),
    }
    const [result] = await stepper.run([{ images }])
    for (const [name, { dimension, values: all }] of features) {
      const found = result?.outputs[name]?.data
      if (!(found instanceof Float32Array)) throw new Error(`no features ${name}`)
      all.set(found.subarray(0, rows * dimension), start * dimension)
    }
  }
  await stepper.release()
  return features
}

/** Several features of the same images side by side. */
export function concatenate(parts: readonly Features[]): Features {
  const [first] = parts
  if (!first) throw new Error('nothing to concatenate')
  if (parts.length === 1) return first
  const dimension = parts.reduce((sum, part) => sum + part.dimension, 0)
  const values = new Float32Array(first.count * dimension)
  let column = 0
  for (const part of parts) {
    for (let row = 0; row < first.count; row++)
      values.set(
        part.values.subarray(row * part.dimension, (row + 1) * part.dimension),
        row * dimension + column,
      )
    column += part.dimension
  }
  return { count: first.count, dimension, values }
}

export function selectRows({ dimension, values }: Features, rows: ArrayLike<number>): Features {
  const selected = new Float32Array(rows.length * dimension)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0
    selected.set(values.subarray(row * dimension, (row + 1) * dimension), i * dimension)
  }
  return { count: rows.length, dimension, values: selected }
}
