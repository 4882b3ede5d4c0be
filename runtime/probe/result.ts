import { z } from 'zod'
import { listOf, numberList } from '../../src/base/strangers.ts'
import type { Figures } from '../evaluate/judged.ts'
import type { Course } from './teaching.ts'

/** What a probe found. */
export interface ProbeResult {
  /** Name of the bundle's probe: pixels, average, spatial, or one layer's. */
  readonly probe: string
  /** Numbers in the features of an image. */
  readonly dimension: number
  /** Accuracies on the test images, in 0..1. */
  readonly knn: number
  /** Of a linear classifier that learned from all labels. */
  readonly linear: number
  /** How that classifier was taught; one whose loss still fell has more to learn. */
  readonly course: Course
  /** What that classifier takes the test images for: how many of each class (rows) it takes to be of each (columns). */
  readonly confusion: Figures['confusion']
  /** Of linear classifiers that learned from few labels a class, one per draw. */
  readonly fewLabels: Repeated
  /** Of linear classifiers that were each taught one of the folds. */
  readonly folds?: Repeated | undefined
}

/** Accuracies of a classifier that was trained several times, on other images, and their mean. */
export interface Repeated {
  readonly mean: number
  readonly values: readonly number[]
}

const numbers = numberList.readonly()
const repeated = z.object({ mean: z.number(), values: numbers })

/** As it is kept. */
export const resultSchema: z.ZodType<ProbeResult> = z.object({
  probe: z.string(),
  dimension: z.number(),
  knn: z.number(),
  linear: z.number(),
  course: z.object({ steps: z.number(), fall: z.number() }),
  confusion: listOf(numbers).readonly(),
  fewLabels: repeated,
  folds: repeated.optional(),
})
