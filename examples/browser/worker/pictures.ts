import { BatchInputs, type Bundle, type Dataset } from '../../../runtime/core.ts'
import { batchIndices } from '../../../runtime/batches/epoch.ts'
import { gatherRows } from '../../../runtime/batches/rows.ts'
import { at } from '../../../src/base/lists.ts'
import { classNames } from './images.ts'
import type { Kernels, Picture, Viewed } from '../messages.ts'
import type { HostTensor } from '../../../runtime/core.ts'

/** Of so many images of the first batch the views are shown. */
const SHOWN = 10

/** The first images that are learned from, and what the augmentation makes of them. */
export async function viewsOf(bundle: Bundle, dataset: Dataset, seed: number): Promise<readonly Viewed[]> {
  const { train, augment, program } = bundle.manifest
  const inputs = await BatchInputs.create({ bundle, dataset, seed })
  try {
    const given = await inputs.at(train, 0)
    const output = at(
      augment.graphs.flatMap(({ outputs }) => outputs).filter(({ role }) => role === 'views'),
      0,
    )
    const views = given[output.name]
    const [mean, std] = [at(program.input.mean, 0), at(program.input.std, 0)]
    const indices = batchIndices(dataset.count, train.batch, seed, 0).subarray(0, SHOWN)
    const raw = await gatherRows(dataset, indices)
    return Array.from(indices, (index, i) => ({
      image: pictureOf(raw, i, (value) => value),
      views: program.views.map((_, view) =>
        pictureOf(views, view * train.batch + i, (value) => 255 * (value * std + mean)),
      ),
      name: at(classNames, at(dataset.labels ?? [], index)),
    }))
  } finally {
    await inputs.release()
  }
}

/** Row number `row` of grey images [rows, 1, height, width]. */
function pictureOf(tensor: HostTensor | undefined, row: number, shade: (value: number) => number): Picture {
  if (!tensor) throw new Error('there are no views')
  const [height, width, data] = [at(tensor.shape, 2), at(tensor.shape, 3), numbersOf(tensor)]
  const size = height * width
  const pixels = new Uint8ClampedArray(size)
  for (let i = 0; i < size; i++) pixels[i] = shade(at(data, row * size + i))
  return { width, height, pixels }
}

/** Kernels of a convolution of grey images, [channels, 1, height, width]. */
export function kernelsOf(tensor: HostTensor): Kernels {
  const { shape } = tensor
  const [count, height, width, data] = [at(shape, 0), at(shape, 2), at(shape, 3), numbersOf(tensor)]
  const size = height * width
  const images = Array.from({ length: count }, (_, i) =>
    Float32Array.from({ length: size }, (_, pixel) => at(data, i * size + pixel)),
  )
  return { width, height, images }
}

function numbersOf({ data }: HostTensor): Float32Array | Uint8Array {
  if (data instanceof Float32Array || data instanceof Uint8Array) return data
  throw new Error('pictures are of bytes or of float32')
}
