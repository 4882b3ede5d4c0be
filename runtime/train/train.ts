import { present } from '../../src/base/lists.ts'
import { checkTrainOptions } from './check-options.ts'
import { RunTrainer } from './run-trainer.ts'
import type { TrainOptions, TrainSummary } from './options.ts'

export { DEFAULT_AHEAD } from './run-length.ts'
export type { Progress, TrainOptions, TrainSummary } from './options.ts'

/**
 * Trains a bundle on a data set, in a folder of its own: settings, metrics and checkpoints. It can be stopped,
 * or killed, at any moment and resumed to identical bits. Nobody else trains in the folder meanwhile. `RunTrainer` does
 * the same step by step.
 *
 * @throws UserError for what the user can mend.
 */
export async function train(options: TrainOptions): Promise<TrainSummary> {
  const trainer = new RunTrainer(checkTrainOptions('train', options))
  const steps = trainer.run()
  while ((await steps.next()).done !== true);
  return present(trainer.summary, 'how the training ended')
}
