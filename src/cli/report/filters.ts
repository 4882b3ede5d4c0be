import { at } from '../../base/lists.ts'
import type { Filters } from '../../../report/index.ts'
import type { HostTensor } from '../../../runtime/values/tensor.ts'
import type { Values } from '../../../runtime/values/value-store.ts'
import type { OpenedRun } from './opened.ts'

/** More are not told apart on a page. */
const MOST_KERNELS = 256

/** The kernels of the first layer; undefined where it has none that are wider than a pixel. */
export function filtersOf({ run, before, after }: OpenedRun): Filters | undefined {
  const { program, encode } = run.bundle.manifest
  const first = at(program.layers, 0).name
  const kernel = encode.parameters.find(({ layer, shape }) => layer === first && shape.length === 4)
  if (!kernel || !after) return undefined
  const [count, channels, height, width] = [0, 1, 2, 3].map((axis) => at(kernel.shape, axis))
  if (count === undefined || channels === undefined || height === undefined || width === undefined)
    return undefined
  if (height * width === 1) return undefined
  return {
    layer: count > MOST_KERNELS ? `${first}, ${MOST_KERNELS} of ${count}` : first,
    ...{ width, height, channels },
    before: kernels(before, kernel.name),
    after: kernels(after, kernel.name),
  }
}

/** The kernels of a convolution one by one. */
function kernels(values: Values, name: string): Float32Array[] {
  const tensor: HostTensor | undefined = values.get(name)
  if (!tensor) return []
  const count = at(tensor.shape, 0)
  const size = tensor.data.length / count
  return Array.from({ length: Math.min(count, MOST_KERNELS) }, (_, i) =>
    Float32Array.from(tensor.data.slice(i * size, (i + 1) * size), Number),
  )
}
