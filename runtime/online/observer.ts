import { LayerProbes } from './layer-probes.ts'
import { measuredOf, probeImages } from './images.ts'
import { ValidationLosses } from './validation-losses.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { Dataset } from '../data/dataset.ts'
import type { ProbeLine } from '../files/probe-line.ts'
import type { SessionOptions } from '../session/options.ts'
import type { Values } from '../values/value-store.ts'

export interface ObserverOptions extends SessionOptions {
  readonly bundle: Bundle
  /** What is trained on. */
  readonly dataset: Dataset
  /** What was set aside from it. */
  readonly aside: Dataset | undefined
  /** What probes are of, where these have no labels. */
  readonly labelled: Dataset | undefined
  readonly seed: number
  /** Whether layers are probed: images have labels then. */
  readonly probes: boolean
}

export type Observation = Pick<ProbeLine, 'validation' | 'layers' | 'all' | 'images' | 'failure'>

/**
 * Looks at a network while it is trained. It has sessions and copies of the values of its own, so training does not
 * change by a bit; what it finds depends on the values and the seed alone.
 */
export class Observer {
  private readonly losses: ValidationLosses | undefined
  private readonly probes: LayerProbes | undefined
  private readonly images: ProbeLine['images']

  private constructor(
    losses: ValidationLosses | undefined,
    probes: LayerProbes | undefined,
    images: ProbeLine['images'],
  ) {
    this.losses = losses
    this.probes = probes
    this.images = images
  }

  /** @param values all that the training graphs and the encoder read */
  static async create(options: ObserverOptions, values: Values): Promise<Observer> {
    const { bundle, dataset, aside, labelled, seed, probes, ...session } = options
    const measured = aside && bundle.manifest.validation ? { bundle, aside, seed, ...session } : undefined
    const losses =
      measured &&
      (await ValidationLosses.create(measured, measuredOf(dataset.count + measured.aside.count), values))
    if (!probes) return new Observer(losses, undefined, undefined)
    try {
      const images = probeImages({ training: dataset, aside, labelled }, seed)
      const { learned, judged, from } = images
      const told = { learned: learned.count, judged: judged.count, from }
      return new Observer(losses, await LayerProbes.create(bundle, images, values, session), told)
    } catch (error) {
      await losses?.release()
      throw error
    }
  }

  /**
   * What a network of these values is found to know; where that cannot be found, why. Undefined where it was stopped.
   *
   * @param step steps done
   */
  async observe(values: Values, step: number, signal?: AbortSignal): Promise<Observation | undefined> {
    try {
      const [losses, found] = [
        await this.losses?.measure(values, step, signal),
        await this.probes?.measure(values, signal),
      ]
      const broken = [...(losses ?? [])].filter(([, loss]) => !Number.isFinite(loss))
      const failures = [
        ...broken.map(([layer, loss]) => `the validation loss of '${layer}' is ${loss}`),
        ...(found ? found.notFinite.map((layer) => `features of '${layer}' are not finite`) : []),
      ]
      return {
        ...(losses && this.losses && broken.length === 0
          ? { validation: { losses: Object.fromEntries(losses), images: this.losses.images } }
          : {}),
        ...(found ? { layers: found.layers } : {}),
        ...(found?.all ? { all: found.all } : {}),
        ...(this.images ? { images: this.images } : {}),
        ...(failures.length > 0 ? { failure: failures.join('; ') } : {}),
      }
    } catch (error) {
      if (signal?.aborted === true) return undefined
      // What cannot be measured is no reason to lose days of training.
      return { failure: error instanceof Error ? error.message : String(error) }
    }
  }

  async release(): Promise<void> {
    await this.losses?.release()
    await this.probes?.release()
  }
}
