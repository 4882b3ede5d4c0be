import { checkDataset } from './check-dataset.ts'
import { batchIndices } from './epoch.ts'
import { gatherLabels, gatherRows } from './rows.ts'
import { drawTensor } from './draws.ts'
import { Stepper, type StepInputs } from '../train/stepper.ts'
import type { GraphStore } from '../train/stages.ts'
import type { StepNumbers } from './step-numbers.ts'
import type { Dataset } from '../data/dataset.ts'
import { sessionOf, type SessionOptions } from '../session/options.ts'
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
    return new BatchInputs(
      options,
      await Stepper.create(bundle, bundle.manifest.augment, new Map(), sessionOf(options)),
    )
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
    const images = await gatherRows(dataset, indices)
    const labels = gatherLabels(dataset, indices)
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

/** The inputs that a section's graphs read, by their own names, from what there is of each role. */
export const inputsByRole = (
  { graphs }: Section,
  byRole: Readonly<Partial<Record<GraphInput['role'], HostTensor | undefined>>>,
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
