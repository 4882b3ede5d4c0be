import { z } from 'zod'

/** What was found of one encoder, for docs/reproduction.md. */

const probeSchema = z.object({
  probe: z.string(),
  knn: z.number(),
  linear: z.number(),
  fewLabels: z.object({ mean: z.number() }),
})
export const measuredSchema = z.object({
  name: z.string(),
  seed: z.int(),
  /** Steps of training. */
  step: z.int(),
  probes: z.array(probeSchema),
  /** Mean cosines, layer by layer and of all. */
  alignment: z
    .object({ layers: z.array(z.object({ layer: z.string(), cosine: z.number() })), mean: z.number() })
    .optional(),
})
export type Measured = z.infer<typeof measuredSchema>
