import { z } from 'zod'
import { recordOf } from '../../src/base/strangers.ts'

const accuracies = z.object({
  /** Of a linear classifier, and of a vote among the nearest neighbours, in 0..1. */
  linear: z.number(),
  knn: z.number(),
})

/** One line of probes.jsonl: what the network was found to know after a step. */
export const probeLineSchema = z.object({
  /** Steps done; 0 before the first. */
  step: z.int().nonnegative(),
  epoch: z.number(),
  /** When it was written, in seconds since 1970, and what it took to find. */
  time: z.number(),
  milliseconds: z.number(),
  /** On images that were set aside: losses by layer, and of how many images they are means. */
  validation: z.object({ losses: recordOf(z.number()), images: z.int().positive() }).optional(),
  /** Of the features of each layer, and of all layers together. */
  layers: recordOf(accuracies).optional(),
  all: accuracies.optional(),
  /** How many images the classifiers learned from and were judged on, and what the latter are: trained on, set aside, or of a split with labels. */
  images: z
    .object({
      learned: z.int().positive(),
      judged: z.int().positive(),
      from: z.enum(['training', 'validation', 'labelled']),
    })
    .optional(),
  /** Why something of the above is missing. */
  failure: z.string().optional(),
})
/** A line of `probes.jsonl`. */
export type ProbeLine = z.infer<typeof probeLineSchema>
/** What probes make of features. */
export type Accuracies = z.infer<typeof accuracies>
