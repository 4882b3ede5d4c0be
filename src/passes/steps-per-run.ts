import type { Target } from '../bundle/lowerings.ts'

/**
 * How many steps one run of the graphs does. A run copies all parameters and states to the device and back and
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
  /** Bytes that each step more keeps in memory: views, draws, and activities between graphs. */
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
}

/** In a second, as orders of magnitude. On the CPU, what graphs read is not copied, and what they give is. */
export const HOST_FLOPS = 130e9
const host: Rates = { flops: HOST_FLOPS, bytesIn: Infinity, bytesOut: 2.1e9 }
const rates: Readonly<Record<Target, Rates>> = {
  cpu: host,
  portable: host,
  cuda: { flops: 10e12, bytesIn: 12e9, bytesOut: 12e9 },
}
/** Seconds of one call of a graph from JavaScript. */
const CALL = 50e-6
/** What a run may cost beside its steps, as a share of them. */
const SHARE_OF_TIME = 0.02
const SHARE_OF_MEMORY = 0.25
export const MOST_STEPS = 32

/**
 * The fewest steps after which a run costs little beside them, as far as memory allows.
 *
 * @param memory bytes, of which a quarter may go to batches
 */
export function chooseSteps(cost: StepCost, target: Target, memory: number): StepsChoice {
  const rate = rates[target]
  const step = cost.flops / rate.flops
  const copies = cost.stateIn / rate.bytesIn + cost.stateOut / rate.bytesOut
  const run = copies + cost.graphs * CALL
  const enough = Math.max(1, Math.ceil(run / (SHARE_OF_TIME * step)))
  const room = Math.max(1, Math.floor((SHARE_OF_MEMORY * memory) / Math.max(1, cost.batch)))
  const steps = Math.min(enough, room, MOST_STEPS)
  const spent = `a run costs ${milliseconds(run)} beside its steps of ${milliseconds(step)}`
  const limit = steps === enough ? '' : steps === room ? '; memory for no more batches' : '; the most'
  return { steps, reason: `${spent}${limit}` }
}

const milliseconds = (seconds: number): string => `${Number((seconds * 1000).toPrecision(2))} ms`
