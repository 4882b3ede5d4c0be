import { averageWeight } from './average-weight.ts'
import { learningRate } from './rate.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** The numbers of a step that its place in the run decides. */
export interface StepNumbers {
  readonly rate: number
  /** How much its weights count in their averages. */
  readonly average: number
}

/** Those of step number `step` (from 0) of `totalSteps`; a section without a rate, or an average, reads none. */
export const stepNumbers = (
  { rate, average }: Pick<Section, 'rate' | 'average'>,
  step: number,
  totalSteps: number,
): StepNumbers => ({
  rate: rate ? learningRate(rate, step, totalSteps) : 0,
  average: average ? averageWeight(average, step, totalSteps) : 0,
})
