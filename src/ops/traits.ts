import { elements } from '../base/type.ts'
import { unary } from './arity.ts'
import type { Elementwise, Node, Traits } from '../ir/node.ts'

/** Traits that many ops share. */

type Work = Traits['work']

/** Data are moved at most. */
export const noWork: Work = () => 0
/** One operation for each number of the result, or of the operand. */
export const perResult: Work = ({ shape }) => elements(shape)
export const perOperand: Work = (node) => elements(unary(node).shape)
/** A multiply and an add for each number of the result and each along the inner axis. */
export const ofProduct: Work = ({ shape, inputs: [a] }) => {
  const rows = shape.at(-2)
  return a && rows ? (2 * elements(shape) * elements(a.shape.slice(-2))) / rows : 0
}

/** Nothing is known but its types and its work. */
export const opaque = (work: Work): Traits => ({
  ...{ elementwise: null, keepsNumber: false, keepsOrder: false, zeroWith: [] },
  work,
})

/** The same numbers at other places, each as often as before or more often. */
export const moving: Traits = { ...opaque(noWork), keepsNumber: true }

/** The same numbers in the same order, under another shape. */
export const reshaping: Traits = { ...moving, keepsOrder: true }

export const elementwise = (how: Elementwise, zeroWith: readonly number[] = []): Traits => ({
  ...opaque(perResult),
  elementwise: how,
  zeroWith,
})

type Curve = (x: number) => number

/** A curve that the compiler may compute in place of the provider: each rounds it alike. */
export const exactly = (of: Curve): Elementwise => ({ operands: 1, of, exact: true })

/** A curve that is left to the provider. */
export const nearly = (of: Curve): Elementwise => ({ operands: 1, of, exact: false })

export const isUnary = ({ op }: Node): boolean => op.traits.elementwise?.operands === 1
export const isBinary = ({ op }: Node): boolean => op.traits.elementwise?.operands === 2
