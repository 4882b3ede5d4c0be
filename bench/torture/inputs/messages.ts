import { z } from 'zod'

/** A command line of `hebb`, without its first word. */
export const orderSchema = z.array(z.string()).readonly()

export const answerSchema = z.object({
  /** That the command line would end with. */
  code: z.number(),
  milliseconds: z.number(),
  /** Of memory, above what the process held before. */
  megabytes: z.number(),
})
export type Answer = z.infer<typeof answerSchema>

/** The first word of the process, when all modules are loaded: from then on, time counts. */
export const READY = 'ready'
