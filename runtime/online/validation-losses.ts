import { platform } from '#platform'
import { at, present } from '../../src/base/lists.ts'
import { BatchInputs } from '../batches/batch-inputs.ts'
import { Stepper } from '../train/stepper.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { Section } from '../../src/bundle/schema/section.ts'
import type { Dataset } from '../data/dataset.ts'
import type { SessionOptions } from '../session/options.ts'
import type { Values } from '../values/value-store.ts'

export interface LossOptions extends SessionOptions {
  readonly bundle: Bundle
  /** Images that are not trained on. */
  readonly aside: Dataset
  readonly seed: number
}

/**
 * The losses of a program on images that it does not learn from, as it has them in a training step: the same augmentation,
 * views and draws, which are the same each time.
 */
export class ValidationLosses {
  private readonly section: Section
  private readonly stepper: Stepper
  private readonly inputs: BatchInputs
  private readonly batches: number

  private constructor(section: Section, stepper: Stepper, inputs: BatchInputs, batches: number) {
    this.section = section
    this.stepper = stepper
    this.inputs = inputs
    this.batches = batches
  }

  /** @throws UserError as `BatchInputs.create` and `Stepper.create` do */
  static async create(
    { bundle, aside, seed, ...session }: LossOptions,
    most: number,
    values: Values,
  ): Promise<ValidationLosses> {
    const section = present(bundle.manifest.validation, 'the section validation')
    // Whole batches, as in training.
    const batches = Math.max(1, Math.floor(Math.min(most, aside.count) / section.batch))
    const inputs = await BatchInputs.create({ bundle, dataset: aside, seed, ...session })
    try {
      return new ValidationLosses(
        section,
        await Stepper.open(bundle, section, values, session),
        inputs,
        batches,
      )
    } catch (error) {
      await inputs.release()
      throw error
    }
  }

  /** How many images they are means over. */
  get images(): number {
    return this.batches * this.section.batch
  }

  /**
   * The losses by layer, from the input to the top, means over all batches; of one that is not finite, that.
   *
   * @param step steps done
   * @throws what the signal was aborted with, between two batches
   */
  async measure(values: Values, step: number, signal?: AbortSignal): Promise<Map<string, number>> {
    this.stepper.assign(values)
    const sums = new Map<string, number>()
    const outputs = this.section.graphs.flatMap((graph) => graph.outputs)
    for (let batch = 0; batch < this.batches; batch++) {
      signal?.throwIfAborted()
      const inputs = await this.inputs.at(this.section, batch, { step })
      const result = at(await this.stepper.run([inputs]), 0)
      for (const { name, layer = name } of outputs) {
        const loss = present(result.losses[name], name)
        const before = sums.get(layer)
        sums.set(layer, before === undefined ? loss : before + loss)
      }
      // Signals are heard only when the event loop turns.
      await platform.threads.turn()
    }
    return new Map([...sums].map(([layer, sum]) => [layer, sum / this.batches]))
  }

  async release(): Promise<void> {
    await this.stepper.release()
    await this.inputs.release()
  }
}
