import type { Elementwise, Node, Traits } from '../ir/node.ts'

/** Traits that many ops share. */

/** Nothing is known but its types. */
export const opaque: Traits = { elementwise: null, keepsNumber: false, keepsOrder: false, zeroWith: [] }

/** The same numbers at other places, each as often as before or more often. */
export const moving: Traits = { ...opaque, keepsNumber: true }

/** The same numbers in the same order, under another shape. */
export const reshaping: Traits = { ...moving, keepsOrder: true }

export const elementwise = (how: Elementwise, zeroWith: readonly number[] = []): Traits => ({
  ...opaque,
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
