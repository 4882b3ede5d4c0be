import { deviceOf } from '../session/options.ts'
import type { Metrics } from '../files/metrics-line.ts'
import type { RunRecord } from '../files/run-record.ts'
import type { StepDone } from './trainer.ts'

/** Microseconds, and no digits that mean nothing: a line is written each step. */
const rounded = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000

/** What a step took, when it was done, and where, as a line of metrics has it. */
export function costOf(
  { milliseconds, graphs }: Pick<StepDone, 'milliseconds' | 'graphs'>,
  { provider, devices }: Pick<RunRecord, 'provider' | 'devices'>,
): Pick<Metrics, 'time' | 'milliseconds' | 'graphs' | 'memory' | 'device'> {
  return {
    time: Date.now() / 1000,
    milliseconds: rounded(milliseconds),
    graphs: Object.fromEntries(Object.entries(graphs).map(([graph, time]) => [graph, rounded(time)])),
    memory: process.memoryUsage.rss(),
    device: deviceOf(provider, devices),
  }
}
