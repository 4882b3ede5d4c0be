import { elements, type Shape } from '../base/type.ts'
import type { SampleInput } from '../ir/node.ts'

/** Operands that many ops are tried with. */

/** Where the gradient exists. */
export const smooth = (shape: Shape): SampleInput => ({ dtype: 'float64', shape, range: 'smooth' })

/** 0, 1, 2, … in the order of memory. */
export const counting = (shape: Shape): SampleInput => ({
  dtype: 'float64',
  shape,
  values: Array.from({ length: elements(shape) }, (_, i) => i),
})
