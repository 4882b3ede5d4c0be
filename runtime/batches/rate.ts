import type { Rate } from '../../src/bundle/schema/rate.ts'

type StepRate = Extract<Rate, { kind: 'step' }>
type CosineRate = Extract<Rate, { kind: 'cosine' }>

/** lr, times `factor` after each `every` (a fraction of all steps). */
const stepRate = ({ lr, every, factor }: StepRate, step: number, totalSteps: number): number => {
  // 0.1 × 30 may come out a little above 3; the drop is still meant for step 3.
  const tolerance = 1e-9
  return lr * factor ** Math.floor(step / (every * totalSteps) + tolerance)
}

/**
 * Rises in equal steps from lr / n to lr over the n warm-up steps (`warmup` is a fraction of all steps), then
 * falls along half a cosine to `final` × lr (`final` is a fraction of lr), which step `totalSteps` would have.
 */
const cosineRate = ({ lr, warmup, final }: CosineRate, step: number, totalSteps: number): number => {
  const warmupSteps = Math.round(warmup * totalSteps)
  if (step < warmupSteps) return (lr * (step + 1)) / warmupSteps
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps))
  return lr * (final + ((1 - final) * (1 + Math.cos(Math.PI * progress))) / 2)
}

/** The learning rate of a step (from 0) of `totalSteps`. */
export const learningRate = (rate: Rate, step: number, totalSteps: number): number => {
  switch (rate.kind) {
    case 'constant':
      return rate.lr
    case 'step':
      return stepRate(rate, step, totalSteps)
    case 'cosine':
      return cosineRate(rate, step, totalSteps)
  }
}
