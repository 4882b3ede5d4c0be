import { BatchInputs } from './batch-inputs.ts'
import { BatchesAhead } from './ahead/batches-ahead.ts'
import { stepNumbers, type StepNumbers } from './step-numbers.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { Dataset } from '../data/dataset.ts'
import type { SessionOptions } from '../session/options.ts'
import type { StepInputs } from '../train/stepper.ts'

export interface SourceOptions extends SessionOptions {
  readonly bundle: Bundle
  readonly dataset: Dataset
  readonly seed: number
  readonly totalSteps: number
  /**
   * Batches prepared, in a thread of their own, before they are asked for; 0, the default, prepares each when it is
   * asked for, in the thread that asks. The bits are the same.
   */
  readonly prepareAhead?: number | undefined
}

/** All that a training step is given: views, labels, draws, rate. It depends on seed and number alone. */
export class BatchSource {
  private readonly options: SourceOptions
  private readonly batches: BatchInputs | BatchesAhead

  private constructor(options: SourceOptions, batches: BatchInputs | BatchesAhead) {
    this.options = options
    this.batches = batches
  }

  /** @throws UserError where the data set does not fit the program, or the provider cannot run here. */
  static async create(options: SourceOptions): Promise<BatchSource> {
    const { prepareAhead = 0 } = options
    if (prepareAhead === 0)
      return new BatchSource(options, await BatchInputs.create(options, options.bundle.manifest.train))
    const numbers = (step: number) => numbersOf(options, step)
    // One thread: what more threads would take, the graphs that train lose.
    const ahead = { ...options, threads: 1, ahead: prepareAhead, numbers }
    return new BatchSource(options, await BatchesAhead.create(ahead))
  }

  /** Milliseconds that the thread which asks for batches spent inside onnxruntime so far. */
  get runMilliseconds(): number {
    return this.batches instanceof BatchInputs ? this.batches.runMilliseconds : 0
  }

  /** The learning rate of step number `step` (from 0). */
  rate(step: number): number {
    return numbersOf(this.options, step).rate
  }

  /**
   * The inputs of step number `step` (from 0), by the names of the training graphs.
   *
   * @param ahead batches that are prepared meanwhile, where fewer than `prepareAhead` are enough
   */
  prepare(step: number, ahead?: number): Promise<StepInputs> {
    if (this.batches instanceof BatchesAhead) return this.batches.prepare(step, ahead)
    return this.batches.at(this.options.bundle.manifest.train, step, numbersOf(this.options, step))
  }

  release(): Promise<void> {
    return this.batches.release()
  }
}

const numbersOf = ({ bundle, totalSteps }: SourceOptions, step: number): StepNumbers =>
  stepNumbers(bundle.manifest.train, step, totalSteps)
