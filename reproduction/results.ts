import { z } from 'zod'
import { variantNames } from '../rules/recipes/variants.ts'

/** What was found of trained runs, for docs/reproduction.md. */

/** How it is measured; a change of any of them measures anew. */
export const settingsSchema = z.object({
  /** Epochs of the linear probe on crops, their smallest area, and neighbours that vote. */
  probeEpochs: z.int(),
  area: z.number(),
  neighbours: z.int(),
  /** Epochs of training between two measurements along the way. */
  every: z.int(),
  /** There: training images a class that the probe learns from, and its epochs. */
  perClass: z.int(),
  shortEpochs: z.int(),
  /** Batches over which alignment is averaged. */
  batches: z.int(),
})
export type Settings = z.infer<typeof settingsSchema>

/** Fractions of the test images. */
export const accuracySchema = z.object({ knn: z.number(), linear: z.number() })
export type Accuracy = z.infer<typeof accuracySchema>

export const cosinesSchema = z.object({
  layers: z.array(z.object({ layer: z.string(), cosine: z.number() })),
  /** Over the layers whose two gradients are not equal by construction. */
  mean: z.number(),
})
export type Cosines = z.infer<typeof cosinesSchema>

const pointSchema = z.object({
  epoch: z.number(),
  step: z.int(),
  accuracy: accuracySchema,
  /** Of a rule with local credit. */
  cosines: cosinesSchema.optional(),
})
export type Point = z.infer<typeof pointSchema>

const runSchema = z.object({
  name: z.enum(variantNames),
  seed: z.int(),
  step: z.int(),
  totalSteps: z.int(),
  /** Of the last checkpoint, once the run is at its end. */
  end: accuracySchema.optional(),
  curve: z.array(pointSchema),
})
export type MeasuredRun = z.infer<typeof runSchema>

const baselineSchema = z.object({ name: z.enum(['pixels', 'untrained']), seed: z.int(), end: accuracySchema })
export type Baseline = z.infer<typeof baselineSchema>

export const reproducedSchema = z.object({
  settings: settingsSchema,
  /** Of one epoch. */
  steps: z.int(),
  /** The commits that trained, as they were told, and those that measured. */
  trainedBy: z.string().optional(),
  measuredBy: z.array(z.string()),
  baselines: z.array(baselineSchema),
  runs: z.array(runSchema),
  /** Runs that are not there yet, or not at their end. */
  open: z.array(z.string()),
})
export type Reproduced = z.infer<typeof reproducedSchema>
