import { at, present } from '../../src/base/lists.ts'
import { divide } from './scale.ts'
import type { HostTensor } from '../values/tensor.ts'
import type { Features } from './features.ts'
import type { Probe } from './teaching.ts'

/** Takes a probe's features as they come, batch by batch of the encoder, and gives them on in batches of its classifier. */
export class Gathered {
  private readonly names: readonly string[]
  private readonly unit: number
  private readonly features: Features
  private readonly labels: Uint32Array
  private filled = 0

  /** @param unit by which features are divided; 0: they stay as they are */
  constructor({ features, dimension, train: { batch } }: Probe, unit: number) {
    this.names = features
    this.unit = unit
    this.features = { count: batch, dimension, values: new Float32Array(batch * dimension) }
    this.labels = new Uint32Array(batch)
  }

  /**
   * @param outputs what the encoder made of the images; of a probe of raw pixels undefined
   * @param images as they are stored
   * @param full is given each whole batch, which is written over after that
   */
  async add(
    outputs: Readonly<Record<string, HostTensor>> | undefined,
    images: HostTensor,
    labels: Uint32Array,
    full: (features: Features, labels: Uint32Array) => Promise<void>,
  ): Promise<void> {
    const parts = outputs
      ? this.names.map((name) => rowsOf(present(outputs[name], `features ${name}`)))
      : [rowsOf(images)]
    const { count, dimension, values } = this.features
    for (const [row, label] of labels.entries()) {
      let column = this.filled * dimension
      for (const { width, data } of parts) {
        values.set(data.subarray(row * width, (row + 1) * width), column)
        column += width
      }
      this.labels[this.filled++] = label
      if (this.filled < count) continue
      divide(this.features, images.type === 'uint8' && !outputs ? 255 * this.unit : this.unit)
      await full(this.features, this.labels)
      this.filled = 0
    }
  }
}

function rowsOf({ shape, data }: HostTensor): {
  readonly width: number
  readonly data: Float32Array | Uint8Array
} {
  if (!(data instanceof Float32Array || data instanceof Uint8Array))
    throw new Error('features are neither of type float32 nor bytes')
  return { width: data.length / at(shape, 0), data }
}
