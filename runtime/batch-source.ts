import { UserError } from '../src/error.ts'
import { batchIndices, gatherImages, gatherLabels } from './data/batches.ts'
import { drawTensor } from './draws.ts'
import { learningRate } from './rate.ts'
import { Stepper, type StepInputs } from './stepper.ts'
import type { Dataset } from './data/dataset.ts'
import type { HostTensor } from './tensor.ts'
import type { LoadedBundle } from './bundle.ts'
import type { SessionOptions } from './provider.ts'
import type { GraphInput, Manifest, Section } from '../src/onnx/manifest.ts'

export interface BatchOptions extends SessionOptions {
  readonly bundle: LoadedBundle
  readonly dataset: Dataset
  readonly seed: number
  readonly totalSteps: number
}

/** All that a training step is given from outside: views, labels, draws, rate. It depends on seed and number alone. */
export class BatchSource {
  private readonly options: BatchOptions
  private readonly augment: Stepper

  private constructor(options: BatchOptions, augment: Stepper) {
    this.options = options
    this.augment = augment
  }

  static async create(options: BatchOptions): Promise<BatchSource> {
    const { bundle, dataset } = options
    checkDataset(dataset, bundle.manifest)
    return new BatchSource(options, await Stepper.create(bundle, bundle.manifest.augment, new Map(), options))
  }

  get runMilliseconds(): number {
    return this.augment.runMilliseconds
  }

  /** The learning rate of step number `step` (from 0). */
  rate(step: number): number {
    const { rate } = this.options.bundle.manifest.train
    return rate ? learningRate(rate, step, this.options.totalSteps) : 0
  }

  /** The inputs of step number `step` (from 0), by the names of the training graphs. */
  async prepare(step: number): Promise<StepInputs> {
    const { dataset, seed, bundle } = this.options
    const { train, augment } = bundle.manifest
    const indices = batchIndices(dataset.count, train.batch, seed, step)
    const { channels, height, width } = dataset
    const images: HostTensor = {
      type: 'uint8',
      shape: [train.batch, channels, height, width],
      data: gatherImages(dataset, indices),
    }
    const labels = labelTensor(gatherLabels(dataset, indices))
    const drawn = inputsByRole(augment, { labels })
    const [augmented] = await this.augment.run([{ images, ...drawn, ...drawAll(augment, seed, step) }])
    const byRole = { labels, ...counters(step, this.rate(step)) }
    return { ...inputsByRole(train, byRole), ...augmented?.outputs, ...drawAll(train, seed, step) }
  }

  async release(): Promise<void> {
    await this.augment.release()
  }
}

const drawAll = ({ draws }: Section, seed: number, step: number): StepInputs =>
  Object.fromEntries(draws.map((draw) => [draw.name, drawTensor(draw, seed, step)]))

/** @throws UserError ('DataError') where a program was compiled for images of another kind. */
export function checkDataset(dataset: Dataset, { program: { name, input } }: Manifest): void {
  const wanted = [input.channels, input.height, input.width].join('×')
  const found = [dataset.channels, dataset.height, dataset.width].join('×')
  if (wanted !== found)
    throw new UserError(
      'DataError',
      `'${name}' is compiled for images of ${wanted}, ${dataset.name} has ${found}`,
      {
        help: 'Change input.channels and input.size of the program, or give another --data.',
      },
    )
  if (dataset.classes > input.classes)
    throw new UserError(
      'DataError',
      `'${name}' is compiled for ${input.classes} classes, ${dataset.name} has ${dataset.classes}`,
      {
        help: `Set input.classes to ${dataset.classes} in the program.`,
      },
    )
}

/** The inputs that a section's graphs read, by their own names, from what there is of each role. */
export const inputsByRole = (
  { graphs }: Section,
  byRole: Readonly<Partial<Record<GraphInput['role'], HostTensor>>>,
): StepInputs =>
  Object.fromEntries(
    graphs.flatMap(({ inputs }) =>
      inputs.flatMap(({ name, role }) => {
        const value = byRole[role]
        return value ? [[name, value]] : []
      }),
    ),
  )

/** Learning rate and number of a step (from 0); graphs count from 1. */
export const counters = (step: number, rate: number): Record<'rate' | 'step', HostTensor> => ({
  rate: { type: 'float64', shape: [], data: Float64Array.of(rate) },
  step: { type: 'int64', shape: [], data: BigInt64Array.of(BigInt(step + 1)) },
})

export const labelTensor = (labels: Uint8Array): HostTensor => ({
  type: 'int64',
  shape: [labels.length],
  data: BigInt64Array.from(labels, BigInt),
})
