import { at } from '../../src/base/lists.ts'
import { counters, inputsByRole } from '../batches/batch-inputs.ts'
import { learningRate } from '../batches/rate.ts'
import { labelTensor } from '../batches/rows.ts'
import { Stepper, type StepResults } from '../train/stepper.ts'
import { initialValues } from '../values/start.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'
import type { SessionOptions } from '../session/options.ts'
import type { Rate } from '../../src/bundle/schema/rate.ts'
import type { Values } from '../values/value-store.ts'
import type { HostTensor } from '../values/tensor.ts'
import type { Features } from './features.ts'

export type Probe = Manifest['probes'][number]

export interface TeachingOptions extends SessionOptions {
  readonly bundle: Bundle
  readonly probe: Probe
  readonly seed: number
  /** How many there will be. */
  readonly steps: number
}

export const featureTensor = ({ count, dimension, values }: Features): HostTensor => ({
  type: 'float32',
  shape: [count, dimension],
  data: values,
})

/**
 * How a classifier was taught: in how many steps, and what part of all that its loss fell by it fell by over the last tenth
 * of them: 0.1 of one that learned as much in each, 0 of one that had learned all.
 */
export interface Course {
  readonly steps: number
  readonly fall: number
}

/** Batches over which a loss is a mean, at the least. */
const LEAST = 10

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length

const lossOf = (result: StepResults | undefined): number =>
  Object.values(result ? result.losses : {}).reduce((sum, loss) => sum + loss, 0)

/** A probe's linear classifier while it is taught, a batch of features at a time. */
export class Teaching {
  private readonly stepper: Stepper
  private readonly options: Pick<TeachingOptions, 'probe' | 'steps'>
  private readonly rate: Rate
  private readonly losses: Float64Array
  private done = 0

  private constructor(stepper: Stepper, options: Teaching['options'], rate: Rate) {
    this.stepper = stepper
    this.options = options
    this.rate = rate
    this.losses = new Float64Array(options.steps)
  }

  static async create({ bundle, probe, seed, steps, ...session }: TeachingOptions): Promise<Teaching> {
    const { rate } = probe.train
    if (!rate) throw new Error('a probe needs a learning rate')
    const stepper = await Stepper.open(bundle, probe.train, initialValues(probe.train, seed), session)
    return new Teaching(stepper, { probe, steps }, rate)
  }

  /** Rows of features of a step. */
  get batch(): number {
    return this.options.probe.train.batch
  }

  /** A step on a whole batch of features, [batch, dimension], and its labels. */
  async step(features: Features, labels: Uint32Array): Promise<void> {
    const { probe, steps } = this.options
    const byRole = {
      features: featureTensor(features),
      labels: labelTensor(labels),
      ...counters(this.done, learningRate(this.rate, this.done, steps)),
    }
    const [result] = await this.stepper.run([inputsByRole(probe.train, byRole)])
    this.losses[this.done] = lossOf(result)
    this.done++
  }

  /** The classifier as it is now; views that are valid until the next step. */
  values(): Values {
    return this.stepper.values()
  }

  /** How it went, so far. */
  course(): Course {
    const { done, losses } = this
    const part = Math.min(Math.floor(done / 2), Math.max(LEAST, Math.ceil(done / 10)))
    if (part === 0) return { steps: done, fall: 0 }
    const [before, last] = [losses.subarray(done - 2 * part, done - part), losses.subarray(done - part, done)]
    const all = at(losses, 0) - mean(last)
    return { steps: done, fall: all > 0 ? (mean(before) - mean(last)) / all : 0 }
  }

  release(): Promise<void> {
    return this.stepper.release()
  }
}
