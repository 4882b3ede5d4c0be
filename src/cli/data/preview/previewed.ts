import { BatchInputs } from '../../../../runtime/batches/batch-inputs.ts'
import { batchIndices } from '../../../../runtime/batches/epoch.ts'
import { openFor } from '../../../../runtime/batches/open-for.ts'
import { gatherRows } from '../../../../runtime/batches/rows.ts'
import { requireLabelsRead } from '../../../../runtime/batches/check-dataset.ts'
import { findData } from '../../../../runtime/data/open.ts'
import { present } from '../../../base/lists.ts'
import type { Bundle } from '../../../bundle/bundle.ts'
import { preparingVisibly } from '../../preparing.ts'
import type { Picture } from './picture.ts'

/** What of a data set is drawn. */
export interface Preview {
  readonly data: string
  readonly images: number
  readonly seed: number
}

/**
 * For each image its picture as it is in the data set, then its views, without the normalisation: those that the first
 * steps of a training with this seed are shown.
 *
 * @throws UserError ('DataError') where the images are not of the kind that the program is for.
 */
export async function previewed(
  { manifest, graph }: Bundle,
  { data, images, seed }: Preview,
): Promise<readonly (readonly Picture[])[]> {
  const { augment, program } = manifest
  const dataset = await openFor(manifest, await findData(data), 'train', preparingVisibly())
  requireLabelsRead(dataset, manifest, augment)
  const inputs = await BatchInputs.create({ bundle: { manifest, graph }, dataset, seed, threads: 1 })
  const rows: Picture[][] = []
  try {
    for (let step = 0; rows.length < images; step++) {
      const indices = batchIndices(dataset.count, augment.batch, seed, step)
      const originals = await gatherRows(dataset, indices)
      const unit = originals.type === 'uint8' ? 255 : 1
      const { views } = await inputs.views(step)
      const { shape, data: values } = present(views, 'views')
      const unnormalised = pictureOf(shape, (i, channel) => {
        const [mean, std] = [program.input.mean[channel], program.input.std[channel]]
        return Number(values[i]) * present(std, 'deviation') + present(mean, 'mean')
      })
      const original = pictureOf(originals.shape, (i) => Number(originals.data[i]) / unit)
      for (let image = 0; image < augment.batch && rows.length < images; image++)
        rows.push([
          original(image),
          ...program.views.map((_, view) => unnormalised(view * augment.batch + image)),
        ])
    }
  } finally {
    await inputs.release()
  }
  return rows
}

/** A row of maps [rows, channels, height, width] as a picture; `value` is of a place in all of them. */
const pictureOf =
  (
    [, channels = NaN, height = NaN, width = NaN]: readonly number[],
    value: (i: number, channel: number) => number,
  ) =>
  (row: number): Picture => {
    const size = height * width
    const values = Float32Array.from({ length: channels * size }, (_, i) =>
      value(row * channels * size + i, Math.floor(i / size)),
    )
    return { channels, height, width, values }
  }
