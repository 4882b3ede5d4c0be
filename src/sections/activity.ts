import { HOST_FLOPS } from '../passes/steps-per-run.ts'
import type { SectionDescription } from './lower-section.ts'

/** Whether layers that wait for activity from above keep their own meanwhile, and why. */
export interface ActivityChoice {
  readonly stored: boolean
  readonly reason: string
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`

/** Seconds a step below which letting each layer go at once is worth more. */
const LEAST_SAVED = 1e-3

/** Operations of one step. */
export const flopsOf = ({ graphs }: SectionDescription): number =>
  graphs.reduce((sum, { cost, blocks = 1 }) => sum + blocks * cost.flops, 0)

/**
 * A layer that learns once the layers above are known either computes its activity a second time, or all layers are
 * one graph that stores what they need. The second saves time and takes memory.
 *
 * @param apart graphs of layers, some of them forward first and learning later
 * @param joined all in one graph
 * @param memory bytes that may be alive at once in it
 */
export function chooseActivity(
  apart: SectionDescription,
  joined: SectionDescription,
  memory: number,
): ActivityChoice {
  const saved = (flopsOf(apart) - flopsOf(joined)) / HOST_FLOPS
  const peak = Math.max(...joined.graphs.map(({ cost }) => cost.peakBytes))
  const what = `${Number((1000 * saved).toPrecision(2))} ms a step for ${megabytes(peak)}`
  if (saved < LEAST_SAVED) return { stored: false, reason: `computed again: storing it saves ${what}` }
  return peak > memory
    ? { stored: false, reason: `computed again: storing it takes ${megabytes(peak)}, more than allowed` }
    : { stored: true, reason: `stored, in one graph: saves ${what}` }
}
