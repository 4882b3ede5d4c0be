import type { Average } from '../../src/bundle/schema/average.ts'

/**
 * How much the weights that a step (from 0) of `totalSteps` leaves count in their average, from 0 to 1:
 *
 *     average = (1 - w) · average + w · weights
 *
 * While it is 1 the average is the weights themselves.
 */
export function averageWeight(average: Average, step: number, totalSteps: number): number {
  switch (average.kind) {
    case 'ema':
      return step === 0 ? 1 : 1 - average.decay
    case 'swa': {
      // 0.1 × 30 may come out a little above 3; the average still begins with step 3.
      const first = Math.ceil(average.from * totalSteps - 1e-9)
      return step <= first ? 1 : 1 / (step - first + 1)
    }
  }
}
