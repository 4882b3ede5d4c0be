import { Misfit, make } from './define.ts'
import { is } from './is.ts'
import { reshaping } from './traits.ts'
import type { Node, Op } from '../ir/node.ts'

/** Identities that gradients do not cross. */

type StopAttributes = Readonly<{ name?: string }>

const stop = (name: string): Op<StopAttributes> => ({
  name,
  traits: reshaping,
  infer: ([x]) => {
    if (!x) throw new Misfit('needs one operand')
    return x
  },
  gradient: () => [undefined],
  emit: (_, __, [x]) => {
    if (x === undefined) throw new Error(`${name} lost its operand`)
    return x
  },
  samples: [{ inputs: [{ dtype: 'float64', shape: [2], values: [1, 2] }], attributes: {}, expect: [1, 2] }],
})

export const stopGradientOp = stop('stopGradient')
export const cutOp = stop('cut')

/** The same value, a constant to every gradient (PyTorch's `detach`). */
export const stopGradient = (x: Node): Node => make(stopGradientOp, [x], {})

/**
 * A stop of gradients that is also a boundary between graphs: values cross it, gradients never do. The name
 * is that of the tensor handed from one graph to the next.
 */
export const cut = (x: Node, name: string): Node => make(cutOp, [x], { name })

export const isCut = (node: Node): boolean => is(node, cutOp)
export const isStop = (node: Node): boolean => isCut(node) || is(node, stopGradientOp)
export const cutName = (node: Node): string => {
  const { name } = node.attributes
  if (typeof name !== 'string') throw new Error('a cut lost its name')
  return name
}

export const stopOps = [stopGradientOp, cutOp]
