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

/** To the parent, as plain data. */
export const answerOf = (answer: Answer): Answer => ({ ...answer })
