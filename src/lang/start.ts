import { z } from 'zod'
import { initializer, type Initializer } from '../bundle/schema/values.ts'
import { argument, type Blame } from './check.ts'
import { callback } from './kinds.ts'
import { elements, type Shape } from '../base/type.ts'
import type { Init } from './initializers.ts'

/** Inputs summed by one output of weights [out, in, …]. */
export const fanIn = (shape: Shape): number => elements(shape.slice(1))

/** An option that says how a parameter starts. */
export const anInit = callback<Init>('an initializer, such as init.kaiming()')

/** A copy of it, read once, its parts in the order of the manifest, whatever that of the user's object. */
const known = z.unknown().transform((value, context): Initializer => {
  const result = initializer.safeParse(value)
  if (result.success) return result.data
  const message =
    typeof value === 'function'
      ? 'the initializer itself; is a call missing? init: init.kaiming()'
      : "what an initializer returns, finite numbers: { kind: 'uniform', bound: 0.1 }, say"
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

/** How a parameter of this shape starts. The initializer may be the user's: what it returns is checked. */
export const startOf = (
  init: Init,
  shape: Shape,
  fan: number,
  parameter: string,
  blame?: Blame,
): Initializer => argument(`the initializer of ${parameter}`, 'its result', known, init(shape, fan), blame)
