import { checkDataset } from './check-dataset.ts'
import { batchIndices } from './epoch.ts'
import { gatherLabels, gatherRows } from './rows.ts'
import { drawTensor } from './draws.ts'
import { Stepper, type StepInputs } from '../train/stepper.ts'
import { makesViews, readsViews } from '../../src/bundle/makes-views.ts'
import type { GraphStore } from '../train/stages.ts'
import type { StepNumbers } from './step-numbers.ts'
import type { Dataset } from '../data/dataset.ts'
import type { SessionOptions } from '../session/options.ts'
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

/** What graphs are given in a step: views of its images, or the images, and labels and draws. It depends on seed and
 * number alone. */
export class BatchInputs {
  private readonly options: BatchOptions
  /** Undefined where the graphs make their views, or read none. */
  private readonly augment: Stepper | undefined

  private constructor(options: BatchOptions, augment: Stepper | undefined) {
    this.options = options
    this.augment = augment
  }

  /**
   * @param section whose graphs alone will be asked for; without it, those of any
   * @throws UserError ('DataError') where the program is for images of another kind.
   */
  static async create(options: BatchOptions, section?: Section): Promise<BatchInputs> {
    const { bundle, dataset } = options
    checkDataset(dataset, bundle.manifest)
    const augment =
      section && !readsViews(section)
        ? undefined
        : await Stepper.open(bundle, bundle.manifest.augment, new Map(), options)
    return new BatchInputs(options, augment)
  }

  /** Milliseconds spent inside onnxruntime so far. */
  get runMilliseconds(): number {
    return this.augment?.runMilliseconds ?? 0
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
    const numbers = counters(step, rate, average)
    const readsImages = makesViews(section) || readsViews(section)
    const { images, labels } = readsImages
      ? await this.rows(section.batch, batch)
      : { images: undefined, labels: this.labels(this.indices(section.batch, batch)) }
    const given = inputsByRole(section, { images, labels, ...numbers })
    const views = images && readsViews(section) ? await this.viewsOf(images, labels, batch) : {}
    return { ...given, ...views, ...this.draws(section, batch) }
  }

  /** The views of batch number `batch` (from 0). */
  async views(batch: number): Promise<StepInputs> {
    const { images, labels } = await this.rows(this.options.bundle.manifest.augment.batch, batch)
    return this.viewsOf(images, labels, batch)
  }

  async release(): Promise<void> {
    await this.augment?.release()
  }

  private async rows(size: number, batch: number) {
    const indices = this.indices(size, batch)
    return { images: await gatherRows(this.options.dataset, indices), labels: this.labels(indices) }
  }

  private indices(size: number, batch: number): Uint32Array {
    const { dataset, seed } = this.options
    return batchIndices(dataset.count, size, seed, batch)
  }

  private labels(indices: Uint32Array): HostTensor | undefined {
    return gatherLabels(this.options.dataset, indices)
  }

  private async viewsOf(
    images: HostTensor,
    labels: HostTensor | undefined,
    batch: number,
  ): Promise<StepInputs> {
    const { augment } = this.options.bundle.manifest
    const given = { images, ...inputsByRole(augment, { labels }), ...this.draws(augment, batch) }
    const [made] = (await this.augment?.run([given])) ?? []
    if (!made) throw new Error('views are asked for where graphs make their own')
    return made.outputs
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
