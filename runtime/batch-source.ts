import { BatchInputs } from './batch-inputs.ts'
import { learningRate } from './rate.ts'
import type { LoadedBundle } from './bundle.ts'
import type { Dataset } from './data/dataset.ts'
import type { SessionOptions } from './provider.ts'
import type { StepInputs } from './stepper.ts'

export interface SourceOptions extends SessionOptions {
  readonly bundle: LoadedBundle
  readonly dataset: Dataset
  readonly seed: number
  readonly totalSteps: number
}

/** All that a training step is given: views, labels, draws, rate. It depends on seed and number alone. */
export class BatchSource {
  private readonly options: SourceOptions
  private readonly batches: BatchInputs

  private constructor(options: SourceOptions, batches: BatchInputs) {
    this.options = options
    this.batches = batches
  }

  static async create(options: SourceOptions): Promise<BatchSource> {
    return new BatchSource(options, await BatchInputs.create(options))
  }

  /** Milliseconds spent inside onnxruntime so far. */
  get runMilliseconds(): number {
    return this.batches.runMilliseconds
  }

  /** The learning rate of step number `step` (from 0). */
  rate(step: number): number {
    const { rate } = this.options.bundle.manifest.train
    return rate ? learningRate(rate, step, this.options.totalSteps) : 0
  }

  /** The inputs of step number `step` (from 0), by the names of the training graphs. */
  prepare(step: number): Promise<StepInputs> {
    return this.batches.at(this.options.bundle.manifest.train, step, { rate: this.rate(step) })
  }

  release(): Promise<void> {
    return this.batches.release()
  }
}
