import { at } from '../base/lists.ts'
import { fourAxes } from '../base/shapes.ts'
import { sameShape, showType, type Shape, type Type } from '../base/type.ts'
import { Misfit, make, notEmitted } from './define.ts'
import { smooth } from './samples.ts'
import { poolAttributes, windowedSize, type Window } from './window.ts'
import { noWork, opaque, perOperand, reshaping } from './traits.ts'
import type { Node, Op, Sample } from '../ir/node.ts'

/** Max-pooling of maps [rows, channels, height, width]. */

export function inferPooled([x]: readonly Type[], window: Window): Type {
  if (x?.shape.length !== 4) throw new Misfit('needs maps [rows, channels, height, width]')
  const { kernel, padding } = window
  if (padding.some((zeros, axis) => 2 * zeros > at(kernel, axis)))
    throw new Misfit('padding must be at most half the window')
  const [rows, channels, ...size] = fourAxes(x.shape)
  return { dtype: x.dtype, shape: [rows, channels, ...windowedSize(window, size)] }
}

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
  traits: { ...reshaping, work: perOperand },
  infer: inferPooled,
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
  traits: { ...opaque(noWork), zeroWith: [2] },
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
  emit: notEmitted,
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
  traits: { ...opaque(noWork), zeroWith: [2] },
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
  emit: notEmitted,
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

export const maxPool = (x: Node, window: Window): Node => make(maxPoolOp, [x], window)

export const poolOps = [maxPoolOp, maxPoolGradientOp, maxPoolPickOp]
