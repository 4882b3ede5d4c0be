import { softhinge, squared } from '../rules/index.ts'
import type { Contrast } from '../rules/index.ts'

/** A contrast function f: as graphs compute it, and its first and second derivative for the solver. */
export interface ContrastFunction {
  readonly rule: () => Contrast
  readonly slope: (score: number) => number
  readonly curvature: (score: number) => number
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** Those whose best projection is one point: f is strictly convex. */
export const contrasts = {
  softhinge: {
    rule: softhinge,
    slope: (score) => -sigmoid(1 - score),
    curvature: (score) => sigmoid(1 - score) * sigmoid(score - 1),
  },
  squared: { rule: squared, slope: (score) => 2 * (score - 1), curvature: () => 2 },
} as const satisfies Record<string, ContrastFunction>

export type ContrastName = keyof typeof contrasts
export const contrastNames = ['softhinge', 'squared'] as const satisfies readonly ContrastName[]
