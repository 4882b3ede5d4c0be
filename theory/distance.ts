import { addMultiple, dot, norm } from './matrix.ts'

/** How far a layer's local gradient is from the backpropagated one. */
export interface Distance {
  /** max |local - global| / max |global|. */
  readonly largest: number
  /** |local - global| / |global|, Frobenius. */
  readonly relative: number
  readonly cosine: number
  /** max |global|. */
  readonly size: number
}

export function distance(local: Float64Array, global: Float64Array): Distance {
  const difference = local.slice()
  addMultiple(difference, -1, global)
  const size = maximum(global)
  return {
    largest: maximum(difference) / size,
    relative: norm(difference) / norm(global),
    cosine: dot(local, global) / (norm(local) * norm(global)),
    size,
  }
}

/** The top layer's two gradients are one and the same by construction: what is compared is below. */
export const belowTop = <T>(layers: readonly T[]): T[] => layers.slice(0, -1)

export const distances = (
  gradients: readonly { readonly local: Float64Array; readonly global: Float64Array }[],
): Distance[] => gradients.map(({ local, global }) => distance(local, global))

export const maximum = (values: Float64Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)

/** Joins several layers' gradients into one. */
export function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2
}
