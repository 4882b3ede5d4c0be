import { elements, sameShape, showType, type Shape, type Type } from '../base/type.ts'
import { maxGradientByIndex, maxGradientByPhase, pickByIndex } from './pool-gradient.ts'
import { Misfit, make } from './define.ts'
import { mul, scale } from './elementwise.ts'
import { filled } from './leaf.ts'
import { reshape } from './shape.ts'
import { poolAttributes, windowedSize, type Window } from './window.ts'
import { opaque, reshaping } from './traits.ts'
import type { Node, Op, Sample, SampleInput } from '../ir/node.ts'

/** Max-pooling of maps [rows, channels, height, width], and average-pooling over tiles. */

function infer([x]: readonly Type[], window: Window): Type {
  if (x?.shape.length !== 4) throw new Misfit('needs maps [rows, channels, height, width]')
  const { kernel, padding } = window
  if (padding.some((zeros, axis) => 2 * zeros > (kernel[axis] ?? 0)))
    throw new Misfit('padding must be at most half the window')
  return { dtype: x.dtype, shape: [...x.shape.slice(0, 2), ...windowedSize(window, x.shape.slice(2))] }
}

const smooth = (shape: Shape): SampleInput => ({ dtype: 'float64', shape, range: 'smooth' })
const windowOf = (kernel: number, stride = kernel, padding = 0): Window => ({
  kernel: [kernel, kernel],
  stride: [stride, stride],
  padding: [padding, padding],
  dilation: [1, 1],
})
const geometries: readonly (readonly [Shape, Window])[] = [
  [[2, 2, 4, 4], windowOf(2)],
  [[1, 2, 5, 5], windowOf(2)],
  [[1, 1, 6, 6], windowOf(3)],
  [[1, 2, 5, 5], windowOf(3, 2, 1)],
  [[1, 1, 4, 4], windowOf(2, 1)],
]

export const maxPoolOp: Op<Window> = {
  name: 'maxPool',
  traits: reshaping,
  infer,
  gradient: (node, g) => {
    const [x] = node.inputs
    if (!x) throw new Error('maxPool lost its operand')
    return [() => make(maxPoolGradientOp, [x, node, g], node.attributes)]
  },
  emit: (emitter, node, inputs) => emitter.node('MaxPool', inputs, node, poolAttributes(node.attributes)),
  samples: geometries.map(([x, attributes]): Sample<Window> => ({ inputs: [smooth(x)], attributes })),
}

/** A map with its maxima, of windows that tile it and of windows that overlap and reach over its border. */
const scattered = [
  { attributes: windowOf(2), maxima: [15, 12, 14, 13] },
  { attributes: windowOf(3, 2, 1), maxima: [15, 12, 15, 14] },
].map(({ attributes, maxima }) => ({
  attributes,
  maps: {
    dtype: 'float64' as const,
    shape: [1, 1, 4, 4],
    values: [3, 8, 1, 6, 15, 2, 12, 5, 9, 14, 7, 10, 4, 11, 13, 0],
  },
  maxima: { dtype: 'float64' as const, shape: [1, 1, 2, 2], values: maxima },
}))

/** The first of several equal maxima of a window gets the whole gradient, as in PyTorch. */
export const maxPoolGradientOp: Op<Window> = {
  name: 'maxPoolGradient',
  traits: { ...opaque, zeroWith: [2] },
  infer: ([x]) => {
    if (!x) throw new Misfit('needs the pooled map')
    return x
  },
  // Which pixels are maxima is constant almost everywhere; only the gradient that they get varies.
  gradient: (node, upstream) => [
    undefined,
    undefined,
    () => make(maxPoolPickOp, [...node.inputs.slice(0, 2), upstream], node.attributes),
  ],
  emit: (emitter, node, [x, y, g]) => {
    const [maps, pooled] = node.inputs
    if (x === undefined || y === undefined || g === undefined || !maps || !pooled)
      throw new Error('maxPoolGradient lost its operands')
    const { kernel, stride, padding } = node.attributes
    const tiles = kernel.every(
      (k, axis) => k === stride[axis] && padding[axis] === 0 && (maps.shape[axis + 2] ?? 0) % k === 0,
    )
    // The permutation matrix grows with the square of the width; wide maps take the general form.
    return tiles && elements(kernel) <= 9 && (maps.shape[3] ?? 0) <= 128
      ? maxGradientByPhase(emitter, node, pooled, x, y, g)
      : maxGradientByIndex(emitter, node, pooled, x, g)
  },
  samples: [windowOf(2), windowOf(2, 1)]
    .map((attributes): Sample<Window> => {
      // A flat map: all pixels tie.
      const maps = { dtype: 'float64' as const, shape: [1, 1, 2, 2], values: [3, 3, 3, 3] }
      const one = { dtype: 'float64' as const, shape: [1, 1, 1, 1] }
      return {
        inputs: [maps, { ...one, values: [3] }, { ...one, values: [5] }],
        attributes,
        expect: [5, 0, 0, 0],
      }
    })
    .concat(
      scattered.map(({ attributes, maps, maxima }) => ({
        inputs: [maps, maxima, smooth(maxima.shape)],
        attributes,
      })),
    ),
}

/** The values of another map at the places of the maxima; the adjoint of `maxPoolGradient`. */
export const maxPoolPickOp: Op<Window> = {
  name: 'maxPoolPick',
  traits: { ...opaque, zeroWith: [2] },
  infer: ([x, y, values]) => {
    if (!x || !y || !values) throw new Misfit('needs the pooled map, its maxima and values')
    if (!sameShape(x.shape, values.shape))
      throw new Misfit(`values ${showType(values)} do not lie on the map ${showType(x)}`)
    return { dtype: values.dtype, shape: y.shape }
  },
  gradient: (node, upstream) => [
    undefined,
    undefined,
    () => make(maxPoolGradientOp, [...node.inputs.slice(0, 2), upstream], node.attributes),
  ],
  emit: (emitter, node, inputs) => {
    const [x, , values] = inputs
    const [, pooled] = node.inputs
    if (x === undefined || values === undefined || !pooled) throw new Error('maxPoolPick lost its operands')
    return pickByIndex(emitter, node, pooled, x, values)
  },
  samples: [
    {
      inputs: [
        { dtype: 'float64', shape: [1, 1, 2, 2], values: [3, 3, 3, 3] },
        { dtype: 'float64', shape: [1, 1, 1, 1], values: [3] },
        { dtype: 'float64', shape: [1, 1, 2, 2], values: [5, 6, 7, 8] },
      ],
      attributes: windowOf(2),
      expect: [5],
    },
    ...scattered.map(({ attributes, maps, maxima }): Sample<Window> => ({
      inputs: [maps, maxima, smooth(maps.shape)],
      attributes,
    })),
  ],
}

type TileAttributes = Readonly<{ size: number }>

const tiles = (shape: Shape, size: number): [Shape, readonly [number, number]] => {
  const [n = 0, channels = 0, height = 0, width = 0] = shape
  return [
    [n, channels, height / size, size, width / size, size],
    [height / size, width / size],
  ]
}

/** Means over size × size tiles. AveragePool has no float64 kernel; there it is a mean over tile axes. */
export const averagePoolOp: Op<TileAttributes> = {
  name: 'averagePool',
  traits: reshaping,
  infer: ([x], { size }) => {
    if (x?.shape.length !== 4) throw new Misfit('needs maps [rows, channels, height, width]')
    const [n = 0, channels = 0, height = 0, width = 0] = x.shape
    if (height % size !== 0 || width % size !== 0)
      throw new Misfit(
        `a pool of ${size}×${size} does not tile a map of ${height}×${width}`,
        `choose a pool that divides both: ${divisors(height, width).join(', ')}`,
      )
    return { dtype: x.dtype, shape: [n, channels, height / size, width / size] }
  },
  gradient: (node, g) => {
    const [x] = node.inputs
    if (!x) throw new Error('averagePool lost its operand')
    const { size } = node.attributes
    const [n = 0, channels = 0] = x.shape
    const [tiled, [rows, columns]] = tiles(x.shape, size)
    // A product with ones spreads each mean over its tile; Expand would be several times slower.
    const spread = (means: Node) =>
      mul(reshape(means, [n, channels, rows, 1, columns, 1]), filled(g.dtype, [size, 1, size], 1))
    return [() => reshape(spread(scale(g, 1 / size ** 2)), [...tiled.slice(0, 2), ...x.shape.slice(2)])]
  },
  emit: (emitter, node, [x]) => {
    const { size } = node.attributes
    const [source] = node.inputs
    if (node.dtype === 'float32')
      return emitter.node('AveragePool', [x], node, { kernel_shape: [size, size], strides: [size, size] })
    const [tiled] = tiles(source?.shape ?? [], size)
    const split = emitter.node('Reshape', [x, emitter.integers(tiled)], { dtype: node.dtype, shape: tiled })
    return emitter.node('ReduceMean', [split, emitter.integers([3, 5])], node, { keepdims: 0 })
  },
  samples: [
    {
      inputs: [{ dtype: 'float64', shape: [1, 1, 2, 4], values: [1, 3, 0, 0, 2, 2, 4, 8] }],
      attributes: { size: 2 },
      expect: [2, 3],
    },
    { inputs: [smooth([2, 2, 6, 3])], attributes: { size: 3 } },
  ],
}

const divisors = (height: number, width: number): number[] =>
  Array.from({ length: Math.min(height, width) }, (_, i) => i + 1).filter(
    (n) => height % n === 0 && width % n === 0,
  )

export const maxPool = (x: Node, window: Window): Node => make(maxPoolOp, [x], window)

/** Means over tiles that cover the map exactly; overlapping averages are convolutions (see `lang`). */
export const averagePool = (x: Node, size: number): Node =>
  size === 1 && x.shape.length === 4 ? x : make(averagePoolOp, [x], { size })

export const poolOps = [maxPoolOp, maxPoolGradientOp, maxPoolPickOp, averagePoolOp]
