import { z } from 'zod'

/** Values of a program's options, by name. */
export const optionValues = z.record(
  z.string(),
  z.union([z.number(), z.boolean(), z.string(), z.array(z.number())]),
)
