import type { Features } from './features.ts'

/** Root mean square over all images and features. */
export function rootMeanSquare({ values }: Features): number {
  let sum = 0
  for (const value of values) sum += value * value
  return Math.sqrt(sum / values.length)
}

/**
 * Divides features by one number, the training images' root mean square, so that a classifier's learning rate
 * means the same for every encoder. Features are not standardised one by one: that would hide which of them
 * the encoder made strong. It is done in place: there may be no room for a second copy.
 */
export function divide({ values }: Features, unit: number): void {
  if (unit === 0) return
  for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) / unit
}
