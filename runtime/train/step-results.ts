import { unstack } from '../values/stacked.ts'
import { logByLayer, type Logs } from './logs.ts'
import type { HostTensor } from '../values/tensor.ts'
import type { RunResults } from './run-stages.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** What one step gave. */
export interface StepResults {
  /** One number per loss output. */
  readonly losses: Readonly<Record<string, number>>
  /** Numbers that rules show beside their losses, by layer and name; they need not be finite. */
  readonly log: Logs
  /** Outputs that leave the section: views, features, logits, gradients, and activities that it does not drop. */
  readonly outputs: Readonly<Record<string, HostTensor>>
}

/** Of what graphs gave, where they did one step. */
export const resultsOf = (
  section: Pick<Section, 'graphs'>,
  { losses, logs, outputs }: RunResults,
): StepResults => ({ losses: numbers(losses), log: logByLayer(section, numbers(logs)), outputs })

/** Of what they gave in several steps, that of step number `step` (from 0). */
export const resultsOfStep = ({ losses, logs, outputs }: RunResults, step: number): RunResults => ({
  losses: unstack(losses, step),
  logs: unstack(logs, step),
  outputs: unstack(outputs, step),
})

const numbers = (losses: Readonly<Record<string, HostTensor>>): Record<string, number> =>
  Object.fromEntries(Object.entries(losses).map(([name, { data }]) => [name, Number(data[0])]))
