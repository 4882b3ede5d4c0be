import type { Window } from '../ops/window.ts'
import { conv2d } from '../ops/conv.ts'
import { constant } from '../ops/leaf.ts'
import { maxPool as maxPoolNode } from '../ops/pool.ts'
import { argument, nothingMore, options as checked, type Checks } from './check.ts'
import { count, whole } from './kinds.ts'
import { module, type Module } from './module.ts'
import { Tensor } from './tensor.ts'

export interface PoolOptions {
  readonly stride?: number
  readonly padding?: number
}

const poolChecks: Checks<PoolOptions> = { stride: count.optional(), padding: whole(0).optional() }

/** Size, stride and padding of a pool; more padding than half a window would make windows of zeros alone. */
function pool(what: string, size: number, options: PoolOptions): Required<PoolOptions> {
  argument(what, 'size', count, size)
  const { stride = size, padding = 0 } = checked(what, poolChecks, options)
  argument(what, 'padding', whole(0, Math.floor(size / 2)), padding)
  return { stride, padding }
}

/** Maxima over size × size windows; the stride defaults to the size. */
export function maxPool(size: number, options: PoolOptions = {}): Module {
  const { stride, padding } = pool('maxPool', size, options)
  const window: Window = {
    kernel: [size, size],
    stride: [stride, stride],
    padding: [padding, padding],
    dilation: [1, 1],
  }
  return module(`max-pool(${size})`, (x) => new Tensor(maxPoolNode(x.node, window)))
}

/** Means over size × size windows (zeros of the padding counted, as in PyTorch). */
export function averagePool(size: number, options: PoolOptions = {}): Module {
  const { stride, padding } = pool('averagePool', size, options)
  return module(`average-pool(${size})`, (x) => {
    if (stride === size && padding === 0) return x.averagePool(size)
    // Overlapping windows: a convolution of every map on its own with a constant kernel.
    const [rows, channels, height, width] = [x.size(0), x.size(1), x.size(2), x.size(3)]
    const kernel = constant(x.dtype, [1, 1, size, size], new Float64Array(size * size).fill(1 / size ** 2))
    const window: Window = {
      kernel: [size, size],
      stride: [stride, stride],
      padding: [padding, padding],
      dilation: [1, 1],
    }
    const maps = conv2d(x.reshape(rows * channels, 1, height, width).node, kernel, undefined, {
      ...window,
      groups: 1,
    })
    return new Tensor(maps).reshape(rows, channels, ...maps.shape.slice(2))
  })
}

/** Means over the whole map: [rows, channels, H, W] to [rows, channels]. */
export function globalAverage(...extra: readonly undefined[]): Module {
  nothingMore('globalAverage', extra)
  return module('global average', (x) => x.mean(2, 3))
}
