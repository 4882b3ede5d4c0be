import { drawTensor } from '../runtime/batches/draws.ts'
import { stream } from '../runtime/values/random.ts'
import { matrixOf, type Matrix } from './matrix.ts'
import type { HostTensor } from '../runtime/values/tensor.ts'
import type { Section } from '../src/bundle/schema/section.ts'

/** Two views of a few images, as the graphs take them, with fixed negatives among their own rows. */
export interface MiniBatch {
  readonly views: HostTensor
  readonly negatives: HostTensor
}

/** A data set is its mini-batches: its loss is the mean of theirs. */
export interface Dataset {
  readonly batches: readonly [MiniBatch, ...MiniBatch[]]
  /** The images of all mini-batches, flattened: [rows, features]. */
  readonly inputs: Matrix
  /** Row of the other view of the same image, and of the negative. */
  readonly positives: Int32Array
  readonly negatives: Int32Array
}

/** Of a view, the share of the variance that the other view has too is 1 / (1 + NOISE²). */
const NOISE = 1

/**
 * Random images in two noisy views: a view is (image + noise) / √(1 + NOISE²), where features of images are
 * normal with standard deviations from 0.6 to 1.6.
 *
 * @param which sets of the same seed and different numbers are unrelated
 */
export function randomDataset(section: Section, batches: number, seed: number, which = 0): Dataset {
  const shape = section.graphs[0]?.inputs.find(({ role }) => role === 'views')?.shape ?? []
  const [draw] = section.draws
  const [rows = 0, ...image] = shape
  if (!draw || rows === 0) throw new Error('the graphs read no views or no negatives')
  const [images, features] = [section.batch, image.reduce((size, side) => size * side, 1)]
  const made = Array.from({ length: batches }, (_, b): MiniBatch => {
    const step = which * batches + b
    const random = stream(seed, 'theory views', step)
    const spread = (feature: number) => 0.6 + (features > 1 ? feature / (features - 1) : 0)
    const shown = matrixOf(images, features, (_, feature) => spread(feature) * random.normal())
    const views = matrixOf(rows, features, (row, feature) => {
      const pixel = shown.data[(row % images) * features + feature] ?? 0
      return (pixel + NOISE * random.normal()) / Math.sqrt(1 + NOISE ** 2)
    })
    return { views: { type: 'float64', shape, data: views.data }, negatives: drawTensor(draw, seed, step) }
  })
  const [first, ...others] = made
  if (!first) throw new Error('a data set needs a mini-batch')
  const inputs = new Float64Array(batches * rows * features)
  made.forEach(({ views }, b) => {
    inputs.set(Float64Array.from(views.data, Number), b * rows * features)
  })
  const all = { length: batches * rows }
  const other = (row: number) => row - (row % rows) + ((row + images) % rows)
  return {
    batches: [first, ...others],
    inputs: { rows: batches * rows, columns: features, data: inputs },
    positives: Int32Array.from(all, (_, row) => other(row)),
    negatives: Int32Array.from(all, (_, row) => {
      const within = Number(made[Math.floor(row / rows)]?.negatives.data[row % rows] ?? 0)
      return other(row - (row % rows) + within)
    }),
  }
}
