import { z } from 'zod'
import { dtype, name, shape } from './basic.ts'

/** How a parameter starts. Sizes are resolved by the compiler, so no shape rule is left to the runtime. */
export const initializer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant'), value: z.number() }),
  z.strictObject({ kind: z.literal('uniform'), bound: z.number().nonnegative() }),
  z.strictObject({ kind: z.literal('normal'), std: z.number().nonnegative() }),
  /** Rows (first axis by all others) orthonormal, or columns where there are more rows; times gain. */
  z.strictObject({ kind: z.literal('orthogonal'), gain: z.number() }),
  /** Ones where row = column; for a convolution, at the kernel's centre; times gain. */
  z.strictObject({ kind: z.literal('identity'), gain: z.number() }),
])
export type Initializer = z.infer<typeof initializer>

/** Random numbers that a graph reads; drawn by the runtime, one seeded stream per name. */
export const draw = z.discriminatedUnion('kind', [
  /** float32 in [0, 1). */
  z.strictObject({ kind: z.literal('uniform'), name, type: z.literal('float32'), shape }),
  /**
   * Row indices [count, rows]: for each of rows = views × images rows (row r shows image r mod images), a
   * uniformly drawn row of another image.
   */
  z.strictObject({
    kind: z.literal('negatives'),
    name,
    type: z.literal('int64'),
    shape,
    images: z.int().positive(),
  }),
])
export type Draw = z.infer<typeof draw>

/** Where a section learns, of one that it does not change: every other one is replaced once. */
const constant = z.literal(true).optional()

export const parameter = z.strictObject({
  name,
  layer: name,
  type: dtype,
  shape,
  init: initializer,
  constant,
})
export type Parameter = z.infer<typeof parameter>

/** How a state starts: one number everywhere, or the value that a parameter of its shape starts with. */
const stateStart = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant'), value: z.number() }),
  z.strictObject({ kind: z.literal('copy'), of: name }),
])
export type StateStart = z.infer<typeof stateStart>

/** Optimizer moments, memories, running statistics, averages of parameters: start at zero if nothing is said. */
export const state = z.strictObject({
  ...{ name, layer: name, type: dtype, shape },
  start: stateStart.optional(),
  /** The parameter whose average over the steps of a run it is. */
  averages: name.optional(),
  constant,
})
