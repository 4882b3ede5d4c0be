import type { Window } from '../ops/window.ts'
import { elements } from '../base/type.ts'
import { at } from '../base/lists.ts'
import { conv2d } from '../ops/conv.ts'
import { constant } from '../ops/leaf.ts'
import { maxPool as maxPoolNode } from '../ops/pool.ts'
import { argument, nothingMore, options as checked, type Checks } from './check.ts'
import { whole } from './kinds.ts'
import { module, type Module } from './module.ts'
import { pairOf, shownSides, sides, type Sides } from './sides.ts'
import { Tensor } from './tensor.ts'

/** What `maxPool` and `averagePool` take beside their size. */
export interface PoolOptions {
  /** One number or `[height, width]`, as of all sides; default: the size. */
  readonly stride?: Sides
  /** Above and below, left and right; default 0. */
  readonly padding?: Sides
}

const poolChecks: Checks<PoolOptions> = { stride: sides(1).optional(), padding: sides(0).optional() }

/** The window of a pool; more padding than half of it would make windows of zeros alone. */
function windowOf(what: string, size: Sides, options: PoolOptions): Window {
  argument(what, 'size', sides(1), size)
  const { stride = size, padding = 0 } = checked(what, poolChecks, options)
  pairOf(padding).forEach((zeros, axis) => {
    const name = typeof padding === 'number' ? 'padding' : `padding[${axis}]`
    argument(what, name, whole(0, Math.floor(at(pairOf(size), axis) / 2)), zeros)
  })
  return { kernel: pairOf(size), stride: pairOf(stride), padding: pairOf(padding), dilation: [1, 1] }
}

/** Maxima over size × size windows, or `maxPool([height, width])`; the stride defaults to the size. */
export function maxPool(size: Sides, options: PoolOptions = {}, ...extra: readonly undefined[]): Module {
  nothingMore('maxPool', extra)
  const window = windowOf('maxPool', size, options)
  return module(`max-pool(${shownSides(size)})`, (x) => new Tensor(maxPoolNode(x.node, window)))
}

/** Means over size × size windows, or `[height, width]` (zeros of the padding counted, as in PyTorch). */
export function averagePool(size: Sides, options: PoolOptions = {}, ...extra: readonly undefined[]): Module {
  nothingMore('averagePool', extra)
  const window = windowOf('averagePool', size, options)
  const { kernel, stride, padding } = window
  const areTiles = kernel.every((side, axis) => side === stride[axis] && padding[axis] === 0)
  return module(`average-pool(${shownSides(size)})`, (x) => {
    if (areTiles) return x.averagePool(size)
    // Overlapping windows: a convolution of every map on its own with a constant kernel.
    const [rows, channels, height, width] = [x.size(0), x.size(1), x.size(2), x.size(3)]
    const places = elements(kernel)
    const weights = constant(x.dtype, [1, 1, ...kernel], new Float64Array(places).fill(1 / places))
    const maps = conv2d(x.reshape(rows * channels, 1, height, width).node, weights, undefined, {
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
