import { showType } from '../base/type.ts'
import { Misfit, make } from './define.ts'
import { inferPooled } from './pool.ts'
import { noWork, opaque, perOperand } from './traits.ts'
import { poolAttributes, type Window } from './window.ts'
import type { Node, Op } from '../ir/node.ts'

/** Lines of numbers by place: what gradients of max-pooling are lowered to. */

/** Places of the maxima, counted through the whole tensor; the first of equal ones. */
export const maxPoolPlacesOp: Op<Window> = {
  name: 'maxPoolPlaces',
  traits: opaque(perOperand),
  infer: (inputs, window) => ({ ...inferPooled(inputs, window), dtype: 'int64' }),
  emit: (emitter, node, inputs) => {
    const [maps] = node.inputs
    if (!maps) throw new Error('maxPoolPlaces lost its operand')
    return emitter.second(
      'MaxPool',
      inputs,
      { ...node, dtype: maps.dtype },
      node,
      poolAttributes(node.attributes),
    )
  },
  samples: [
    {
      inputs: [{ dtype: 'float64', shape: [1, 1, 2, 4], values: [3, 8, 1, 6, 15, 2, 12, 5] }],
      attributes: { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1] },
      expect: [4, 6],
    },
  ],
}

export const maxPoolPlaces = (x: Node, window: Window): Node => make(maxPoolPlacesOp, [x], window)

/**
 * Adds numbers at places of a line [n]; several that meet are all added, in an order that providers choose. So it is an
 * op of the compiler's own graphs, which know that none meet or that a CPU adds them in turn, not of the language.
 */
export const scatterElementsOp: Op = {
  name: 'scatterElements',
  traits: opaque(noWork),
  infer: ([x, places, updates]) => {
    if (!x || !places || !updates) throw new Misfit('needs a line, places and updates')
    if (places.dtype !== 'int64' || places.shape.length !== 1 || x.shape.length !== 1)
      throw new Misfit(`places ${showType(places)} are not a list of int64 of ${showType(x)}`)
    if (String(updates.shape) !== String(places.shape) || updates.dtype !== x.dtype)
      throw new Misfit(`${showType(updates)} does not fit ${places.shape.join()} places of ${showType(x)}`)
    return x
  },
  emit: (emitter, node, inputs) =>
    emitter.node('ScatterElements', inputs, node, { axis: 0, reduction: 'add' }),
  samples: [
    {
      inputs: [
        { dtype: 'float64', shape: [4], values: [0, 1, 2, 3] },
        { dtype: 'int64', shape: [3], values: [2, 0, 2] },
        { dtype: 'float64', shape: [3], values: [10, 20, 30] },
      ],
      attributes: {},
      expect: [20, 1, 42, 3],
    },
  ],
}

export const scatterElements = (x: Node, places: Node, updates: Node): Node =>
  make(scatterElementsOp, [x, places, updates], {})

export const placeOps = [maxPoolPlacesOp, scatterElementsOp]
