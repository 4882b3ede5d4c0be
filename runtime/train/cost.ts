import type { Metrics } from '../files/metrics.ts'
import type { StepDone } from './trainer.ts'

/** Microseconds, and no digits that mean nothing: a line is written each step. */
const rounded = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000

/** What a step took, and when it was done, as a line of metrics has it. */
export function costOf({
  milliseconds,
  graphs,
}: Pick<StepDone, 'milliseconds' | 'graphs'>): Pick<Metrics, 'time' | 'milliseconds' | 'graphs' | 'memory'> {
  return {
    time: Date.now() / 1000,
    milliseconds: rounded(milliseconds),
    graphs: Object.fromEntries(Object.entries(graphs).map(([graph, time]) => [graph, rounded(time)])),
    memory: process.memoryUsage.rss(),
  }
}
