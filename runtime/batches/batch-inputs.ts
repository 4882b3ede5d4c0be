import { UserError } from '../../src/base/error.ts'
import { batchIndices, gatherImages, gatherLabels } from './epoch.ts'
import { drawTensor } from './draws.ts'
import { Stepper, type StepInputs } from '../train/stepper.ts'
import type { GraphStore } from '../train/stages.ts'
import type { StepNumbers } from './step-numbers.ts'
import type { Dataset } from '../data/dataset.ts'
import type { SessionOptions } from '../session/provider.ts'
import type { HostTensor } from '../values/tensor.ts'
import type { GraphInput } from '../../src/bundle/schema/graph.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

export interface BatchOptions extends SessionOptions {
  /** Whose augmentation makes the views. */
  readonly bundle: GraphStore & { readonly manifest: Pick<Manifest, 'program' | 'augment'> }
  readonly dataset: Dataset
  readonly seed: number
}

/** What graphs are given in a step: views of its images, labels and draws. It depends on seed and
 * number alone. */
export class BatchInputs {
  private readonly options: BatchOptions
  private readonly augment: Stepper

  private constructor(options: BatchOptions, augment: Stepper) {
    this.options = options
    this.augment = augment
  }

  /** @throws UserError ('DataError') where the program is for images of another kind. */
  static async create(options: BatchOptions): Promise<BatchInputs> {
    const { bundle, dataset } = options
    checkDataset(dataset, bundle.manifest)
    return new BatchInputs(options, await Stepper.create(bundle, bundle.manifest.augment, new Map(), options))
  }

  /** Milliseconds spent inside onnxruntime so far. */
  get runMilliseconds(): number {
    return this.augment.runMilliseconds
  }

  /**
   * What the graphs of a section read of batch number `batch` (from 0).
   *
   * @param numbers learning rate and weight of the step, and its number (from 0) where it is not the batch's
   */
  async at(
    section: Section,
    batch: number,
    { rate = 0, average = 0, step = batch }: Partial<StepNumbers> & { readonly step?: number } = {},
  ): Promise<StepInputs> {
    const { bundle, dataset, seed } = this.options
    const { augment } = bundle.manifest
    const indices = batchIndices(dataset.count, section.batch, seed, batch)
    const { channels, height, width } = dataset
    const images: HostTensor = {
      type: 'uint8',
      shape: [section.batch, channels, height, width],
      data: gatherImages(dataset, indices),
    }
    const labels = labelTensor(gatherLabels(dataset, indices))
    const [augmented] = await this.augment.run([
      { images, ...inputsByRole(augment, { labels }), ...this.draws(augment, batch) },
    ])
    const byRole = { labels, ...counters(step, rate, average) }
    return { ...inputsByRole(section, byRole), ...augmented?.outputs, ...this.draws(section, batch) }
  }

  release(): Promise<void> {
    return this.augment.release()
  }

  private draws({ draws }: Section, batch: number): StepInputs {
    return Object.fromEntries(draws.map((draw) => [draw.name, drawTensor(draw, this.options.seed, batch)]))
  }
}

/** @throws UserError ('DataError') where a program was compiled for images of another kind. */
export function checkDataset(
  dataset: Dataset,
  { program: { name, input } }: Pick<Manifest, 'program'>,
): void {
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

/** Learning rate and number of a step (from 0), and its weight in averages; graphs count from 1. */
export const counters = (
  step: number,
  rate: number,
  average = 0,
): Record<'rate' | 'step' | 'average', HostTensor> => ({
  rate: { type: 'float64', shape: [], data: Float64Array.of(rate) },
  average: { type: 'float64', shape: [], data: Float64Array.of(average) },
  step: { type: 'int64', shape: [], data: BigInt64Array.of(BigInt(step + 1)) },
})

export const labelTensor = (labels: Uint8Array): HostTensor => ({
  type: 'int64',
  shape: [labels.length],
  data: BigInt64Array.from(labels, BigInt),
})
