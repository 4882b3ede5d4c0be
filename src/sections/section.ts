import type { Registry } from '../cut/registry.ts'
import type { Average } from '../bundle/schema/average.ts'
import type { Scaling } from '../bundle/schema/scaling.ts'
import type { Rate } from '../bundle/schema/rate.ts'
import type { GraphPlan } from './plan.ts'

/** Graphs that run together, in order, once per step, as they were traced. */
export interface TracedSection {
  readonly plans: readonly GraphPlan[]
  /** The parameters, states and draws that they are given. */
  readonly registry: Pick<Registry, 'parameters' | 'states' | 'draws'>
  /** Images, or rows of features, per step. */
  readonly batch: number
  readonly rate?: Rate
  readonly average?: Average | undefined
  readonly scaling?: Scaling | undefined
}
