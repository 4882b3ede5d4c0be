import { batchesPerEpoch, Trainer } from '../../../runtime/core.ts'
import { at, found } from '../../../src/base/lists.ts'
import { loadOnnxruntime } from '../platform/onnxruntime.ts'
import { EPOCHS } from '../rules.ts'
import { fetchBundle } from './bundles.ts'
import { openImages } from './images.ts'
import { Looks } from './looks.ts'
import { kernelsOf, viewsOf } from './pictures.ts'
import type { Answer, Begin, Kernels } from '../messages.ts'
import type { StepDone } from '../../../runtime/core.ts'

/** Steps between pictures of the first layer's kernels. */
const KERNELS_EVERY = 5

/** A training of the page, step by step. */
export class Training {
  private readonly trainer: Trainer
  private readonly looks: Looks | undefined
  private readonly lookEvery: number
  private readonly tell: (answer: Answer) => void
  private readonly steps: AsyncGenerator<StepDone>
  private readonly totalSteps: number
  /** Of the first layer. */
  private readonly weight: string
  private done = 0

  private constructor(trainer: Trainer, { looks, lookEvery, totalSteps, weight, tell }: Parts) {
    this.trainer = trainer
    this.looks = looks
    this.lookEvery = lookEvery
    this.totalSteps = totalSteps
    this.weight = weight
    this.tell = tell
    this.steps = trainer.run({ from: 0, to: totalSteps })
  }

  /** Prepares a training, tells of it, and looks at the network as the seed starts it. */
  static async begin(
    { rule, seed, machine, lookEvery }: Begin,
    tell: (answer: Answer) => void,
  ): Promise<Training> {
    tell({ kind: 'doing', what: 'loading onnxruntime and the images' })
    const [bundle, train, test] = await Promise.all([
      fetchBundle(rule),
      openImages('train'),
      openImages('t10k'),
      loadOnnxruntime(machine),
    ])
    tell({ kind: 'doing', what: 'preparing the graphs' })
    const stepsPerEpoch = batchesPerEpoch(train.count, bundle.manifest.train.batch)
    const totalSteps = EPOCHS * stepsPerEpoch
    const trainer = await Trainer.create({ bundle, dataset: train, seed, totalSteps })
    const values = await trainer.values()
    const looks = lookEvery > 0 ? await Looks.create({ rule, bundle, train, test, seed, values }) : undefined
    const layers = bundle.manifest.program.layers.map(({ name }) => name)
    const weight = `${at(layers, 0)}.weight`
    tell({
      ...{ kind: 'ready', layers, totalSteps, stepsPerEpoch, batch: bundle.manifest.train.batch },
      ...(looks?.images ?? { learned: 0, judged: 0 }),
      kernels: kernelsOf(found(values, weight, weight)),
      viewed: await viewsOf(bundle, train, seed),
    })
    const training = new Training(trainer, { looks, lookEvery, totalSteps, weight, tell })
    await training.look()
    return training
  }

  /** Does one step. @returns whether there are more */
  async step(): Promise<boolean> {
    const next = await this.steps.next()
    if (next.done === true) return false
    const { step, losses, milliseconds } = next.value
    this.done = step
    this.tell({ kind: 'stepped', step, losses, milliseconds })
    if (step % KERNELS_EVERY === 0 || step === this.totalSteps)
      this.tell({ kind: 'kernels', kernels: await this.kernels() })
    if (this.lookEvery > 0 && (step % this.lookEvery === 0 || step === this.totalSteps)) await this.look()
    return step < this.totalSteps
  }

  private async look(): Promise<void> {
    if (this.looks) this.tell(await this.looks.at(this.done, await this.trainer.values()))
  }

  private async kernels(): Promise<Kernels> {
    return kernelsOf(found(await this.trainer.values(), this.weight, this.weight))
  }
}

interface Parts {
  readonly looks: Looks | undefined
  readonly lookEvery: number
  readonly totalSteps: number
  readonly weight: string
  readonly tell: (answer: Answer) => void
}
