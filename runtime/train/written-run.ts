import type { RunFolder } from '../files/run-folder.ts'
import type { RunLock } from '../files/run-lock.ts'
import type { Heard, Hearing } from '../given/hearing.ts'
import type { TrainOptions } from './options.ts'
import type { Plan } from './run-plan.ts'
import type { Training } from './trainer.ts'

/** What is written down of: a run that stands where its plan says, and what trains it. */
export interface WrittenRun {
  readonly run: RunFolder
  readonly plan: Plan
  readonly trainer: Training
  readonly lock: RunLock
  /** Its listeners are told at once, and waited for in the loop of the training. */
  readonly options: Heard<TrainOptions>
  readonly hearing: Hearing
  /** Stops looks at the network that are under way. */
  readonly signal: AbortSignal
}
