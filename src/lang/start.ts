import { z } from 'zod'
import { initializer, type Initializer } from '../onnx/manifest.ts'
import { argument, type Blame } from './check.ts'
import { callback } from './kinds.ts'
import type { Shape } from '../ir/type.ts'
import type { Init } from './initializers.ts'

/** An option that says how a parameter starts. */
export const anInit = callback<Init>('an initializer, such as init.kaiming()')

const known = z.custom<Initializer>((value) => initializer.safeParse(value).success, {
  error: ({ input }) =>
    typeof input === 'function'
      ? 'the initializer itself; is a call missing? init: init.kaiming()'
      : "what an initializer returns, finite numbers: { kind: 'uniform', bound: 0.1 }, say",
})

/** How a parameter of this shape starts. The initializer may be the user's: what it returns is checked. */
export const startOf = (
  init: Init,
  shape: Shape,
  fan: number,
  parameter: string,
  blame?: Blame,
): Initializer => argument(`the initializer of ${parameter}`, 'its result', known, init(shape, fan), blame)
