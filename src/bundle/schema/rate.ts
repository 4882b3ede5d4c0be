import { z } from 'zod'

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
])
/** A learning rate over the course of a run, as the manifest has it. */
export type Rate = z.infer<typeof rate>
