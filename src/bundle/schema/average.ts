import { z } from 'zod'

/**
 * An average of weights over the steps of a run. After each step a graph makes (1 - w) · average + w · parameter of
 * it, and is given w: see `runtime/batches/average-weight.ts`.
 */
export const averaging = z.discriminatedUnion('kind', [
  /** Exponential: w is 1 in the first step, then 1 - decay. */
  z.strictObject({ kind: z.literal('ema'), decay: z.number().nonnegative().lt(1) }),
  /** The plain mean since the fraction `from` of the run; before that the parameter itself. */
  z.strictObject({ kind: z.literal('swa'), from: z.number().positive().lt(1) }),
])
/** An average of the weights over the steps: `ema()` or `swa()`. */
export type Average = z.infer<typeof averaging>
