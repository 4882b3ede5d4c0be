import { at } from '../../src/base/lists.ts'
import { cosineOfHalfTurns, wholePower } from '../values/elementary.ts'
import type { Rate } from '../../src/bundle/schema/rate.ts'

type StepRate = Extract<Rate, { kind: 'step' }>
type CosineRate = Extract<Rate, { kind: 'cosine' }>

/** lr, times `factor` after each `every` (a fraction of all steps). */
const stepRate = ({ lr, every, factor }: StepRate, step: number, totalSteps: number): number => {
  // 0.1 × 30 may come out a little above 3; the drop is still meant for step 3.
  const tolerance = 1e-9
  return lr * wholePower(factor, Math.floor(step / (every * totalSteps) + tolerance))
}

/**
 * Rises in equal steps from lr / n to lr over the n warm-up steps (`warmup` is a fraction of all steps), then
 * falls along half a cosine to `final` × lr (`final` is a fraction of lr), which step `totalSteps` would have.
 */
const cosineRate = ({ lr, warmup, final }: CosineRate, step: number, totalSteps: number): number => {
  const warmupSteps = Math.round(warmup * totalSteps)
  if (step < warmupSteps) return (lr * (step + 1)) / warmupSteps
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps))
  return lr * (final + ((1 - final) * (1 + cosineOfHalfTurns(progress))) / 2)
}

type PointsRate = Extract<Rate, { kind: 'points' }>
type TableRate = Extract<Rate, { kind: 'table' }>

/** From `a` to `b`, exactly at both ends. */
const between = (a: number, b: number, share: number): number => (share === 1 ? b : a + (b - a) * share)

/** What holds at step 0.3 × T must hold at the step that a rounded product names, too. */
const nearly = 1e-9

/** The line, or the step, on which a place lies; of two points at one place the later one counts. */
const pointsRate = (
  { points, unit, between: kind }: PointsRate,
  step: number,
  totalSteps: number,
): number => {
  const places = unit === 'run' ? points.map(([place, lr]) => [place * totalSteps, lr] as const) : points
  const next = places.findIndex(([place]) => place > step + nearly)
  if (next < 0) return at(places, places.length - 1)[1]
  if (next === 0) return at(places, 0)[1]
  const [[from, before], [to, after]] = [at(places, next - 1), at(places, next)]
  return kind === 'steps' ? before : between(before, after, Math.max(0, step - from) / (to - from))
}

const tableRate = ({ values }: TableRate, step: number, totalSteps: number): number => {
  const place = (Math.min(step, totalSteps) * (values.length - 1)) / totalSteps
  const first = Math.min(Math.floor(place), values.length - 2)
  return between(at(values, first), at(values, first + 1), place - first)
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
    case 'points':
      return pointsRate(rate, step, totalSteps)
    case 'table':
      return tableRate(rate, step, totalSteps)
  }
}
