import { conv2d } from '../../src/ops/conv.ts'
import { gradients } from '../../src/grad/reverse.ts'
import { mul } from '../../src/ops/elementwise.ts'
import { averagePool } from '../../src/ops/average-pool.ts'
import { maxPool } from '../../src/ops/pool.ts'
import { mean, sum } from '../../src/ops/reduce.ts'
import { concat } from '../../src/ops/concat.ts'
import { slice } from '../../src/ops/slice.ts'
import { relu, tanh } from '../../src/ops/unary.ts'
import { leaf } from './evaluate.ts'
import type { ConvAttributes, Window } from '../../src/ops/window.ts'
import type { Node } from '../../src/ir/node.ts'

/** Convolutions as they stand in networks, with their gradients. */

export const square = (kernel: number, stride: number, padding: number, dilation = 1): ConvAttributes => ({
  kernel: [kernel, kernel],
  stride: [stride, stride],
  padding: [padding, padding],
  dilation: [dilation, dilation],
  groups: 1,
})
export const window2: Window = { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1] }
const window3: Window = { kernel: [3, 3], stride: [3, 3], padding: [0, 0], dilation: [1, 1] }

export type Tail =
  'none' | 'relu' | 'pool' | 'pool3' | 'average' | 'pool and average' | 'mean' | 'pool and mean' | 'views'

/** Forward, weight, bias and input gradient of a convolution with what usually follows it. */
export function build(
  dtype: 'float32' | 'float64',
  [images, channels, height, width]: readonly [number, number, number, number],
  out: number,
  attributes: ConvAttributes,
  tail: Tail,
) {
  const x = leaf(dtype, [images, channels, height, width])
  const weight = leaf(dtype, [out, channels, ...attributes.kernel])
  const bias = leaf(dtype, [out])
  const y = conv2d(x, weight, bias, attributes)
  const tails: Readonly<Record<Tail, () => Node>> = {
    none: () => y,
    relu: () => relu(y),
    pool: () => maxPool(relu(y), window2),
    pool3: () => maxPool(y, window3),
    average: () => averagePool(relu(y), [2, 2]),
    'pool and average': () => averagePool(maxPool(relu(y), window2), [2, 2]),
    mean: () => mean(relu(y), [2, 3]),
    'pool and mean': () => mean(maxPool(relu(y), window2), [2, 3]),
    views: () => {
      const [, ...rest] = y.shape
      const none = rest.map(() => 0)
      const view = (from: number, to: number) => slice(relu(y), [from, ...none], [to, ...rest])
      return concat([view(1, images), tanh(view(0, 1))], 0)
    },
  }
  const result = tails[tail]()
  const upstream = leaf(dtype, result.shape)
  const slopes = gradients(
    sum(
      mul(result, upstream),
      result.shape.map((_, axis) => axis),
    ),
    [weight, bias, x],
  )
  return { leaves: [x, weight, bias, upstream], outputs: [result, ...slopes] }
}
