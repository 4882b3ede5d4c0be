import { LONGEST_RUN, SHARE_OF_TIME } from '../base/run-costs.ts'
import type { Target } from '../bundle/lowerings.ts'

/**
 * The most steps that one run of the graphs does. A run copies all parameters and states to the device and back and
 * costs some calls, whatever the number of its steps; the batches of its steps are in memory at once.
 */

/** What one step costs, and one run of the graphs beside its steps. */
export interface StepCost {
  readonly flops: number
  /** Runs of a graph in a step. */
  readonly graphs: number
  /** Bytes of parameters and states that are read, and of those that are changed. */
  readonly stateIn: number
  readonly stateOut: number
  /** Bytes that each step more keeps in memory: images or views, draws, and activities between graphs. */
  readonly batch: number
}

export interface StepsChoice {
  readonly steps: number
  /** In a few words. */
  readonly reason: string
}

interface Rates {
  readonly flops: number
  readonly bytesIn: number
  readonly bytesOut: number
  /** What no step takes less than: its kernels are started one after the other. */
  readonly leastStep: number
  readonly mostSteps: number
}

/** In a second, as orders of magnitude. On the CPU, what graphs read is not copied, and what they give is. */
export const HOST_FLOPS = 130e9
const host: Rates = { flops: HOST_FLOPS, bytesIn: Infinity, bytesOut: 2.1e9, leastStep: 0, mostSteps: 32 }
/** A device of any speed: how many steps are enough there is for a run to find out, and not to be guessed low here. */
const device: Rates = { flops: 60e12, bytesIn: 12e9, bytesOut: 12e9, leastStep: 1e-3, mostSteps: 1024 }
const rates: Readonly<Record<Target, Rates>> = { cpu: host, portable: host, cuda: device }

/** Seconds of one call of a graph from JavaScript. */
const CALL = 50e-6
const SHARE_OF_MEMORY = 0.25

/**
 * On the CPU the fewest steps after which a run costs little beside them, as far as memory and patience allow. For a
 * device all that these allow: training measures what a run costs there, and does as few as are enough.
 *
 * @param memory bytes, of which a quarter may go to batches
 */
export function chooseSteps(cost: StepCost, target: Target, memory: number): StepsChoice {
  const { flops, bytesIn, bytesOut, leastStep, mostSteps } = rates[target]
  const step = Math.max(cost.flops / flops, leastStep)
  const run = cost.stateIn / bytesIn + cost.stateOut / bytesOut + cost.graphs * CALL
  const limits = [
    [Math.floor((SHARE_OF_MEMORY * memory) / Math.max(1, cost.batch)), 'memory for no more batches'],
    [Math.floor(LONGEST_RUN / step), `no run is to take more than ${LONGEST_RUN} s`],
    [mostSteps, 'the most'],
  ] as const
  const [least, why] = limits.reduce((a, b) => (b[0] < a[0] ? b : a))
  const enough = target === 'cuda' ? Infinity : Math.max(1, Math.ceil(run / (SHARE_OF_TIME * step)))
  const spent = `a run costs ${milliseconds(run)} beside its steps of ${milliseconds(step)}`
  return {
    steps: Math.max(1, Math.min(enough, least)),
    reason: `${spent}${enough > least ? `; ${why}` : ''}`,
  }
}

const milliseconds = (seconds: number): string => `${Number((seconds * 1000).toPrecision(2))} ms`
