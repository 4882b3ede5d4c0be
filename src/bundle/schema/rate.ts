import { z } from 'zod'
import { listOf, numberList } from '../../base/strangers.ts'

/** The learning rate at step t of T (t from 0); warm-up and steps are counted in fractions of T. */
export const rate = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant'), lr: z.number() }),
  z.strictObject({
    kind: z.literal('step'),
    lr: z.number(),
    every: z.number().positive(),
    factor: z.number(),
  }),
  z.strictObject({ kind: z.literal('cosine'), lr: z.number(), warmup: z.number(), final: z.number() }),
  /**
   * Rates at places in the order of the run, [place, rate]: straight lines between them, or each until the next; before
   * the first and after the last they go on. `lr` is the largest. Places are fractions of T, or numbers of steps.
   */
  z.strictObject({
    kind: z.literal('points'),
    lr: z.number(),
    points: listOf(z.tuple([z.number().nonnegative(), z.number().nonnegative()]).readonly(), 1).readonly(),
    unit: z.enum(['run', 'step']),
    between: z.enum(['lines', 'steps']),
  }),
  /** Rates at equal distances, the first at step 0 and the last at step T, with straight lines between; `lr` is the largest. */
  z.strictObject({
    kind: z.literal('table'),
    lr: z.number(),
    values: numberList
      .refine((values) => values.length >= 2 && values.every((value) => value >= 0), 'two rates or more')
      .readonly(),
  }),
])
/** A learning rate over the course of a run, as the manifest has it. */
export type Rate = z.infer<typeof rate>
