import { Pipeline } from '../workers/pipeline/pipeline.ts'
import { Shards } from '../workers/shards/shards.ts'
import { workersOf, type Division } from './parallel.ts'
import { Trainer, type Training, type TrainerOptions } from './trainer.ts'

/** What trains a program: in this thread, or in several. @throws UserError as each does */
export function trainingOf(options: TrainerOptions, division: Division): Promise<Training> {
  const { parallel, devices } = division
  if (parallel === 'shards') return Shards.create(options, division)
  const workers = workersOf(division) ?? 1
  if (workers > 1) return Pipeline.create(options, workers, devices)
  return Trainer.create({ ...options, parallel: parallel === 'none' ? 'none' : 'threads' })
}
