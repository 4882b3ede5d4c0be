import { platform } from '#platform'
import { found } from '../../src/base/lists.ts'
import { areFinite, featuresBy, type Features } from '../probe/features.ts'
import { nearestNeighbours } from '../probe/knn.ts'
import { openProducts, plainProducts, type Products } from '../probe/products.ts'
import { labelsOf, type Dataset } from '../data/dataset.ts'
import { Stepper } from '../train/stepper.ts'
import { fitRidge, linearAccuracy } from './ridge.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { Accuracies } from '../files/probe-line.ts'
import type { SessionOptions } from '../session/options.ts'
import type { Values } from '../values/value-store.ts'
import type { ProbeImages } from './images.ts'

/** Neighbours that vote, as in `hebb probe`. */
const NEIGHBOURS = 10

/** All layers' features side by side, as `hebb probe` calls them. */
const ALL = 'average'

/** What probes found of the layers, and of all of them together; `notFinite` are layers whose features are not numbers. */
export interface LayerFindings {
  readonly layers: Readonly<Record<string, Accuracies>>
  readonly all: Accuracies | undefined
  readonly notFinite: readonly string[]
}

/** Features that belong together: of a layer, or of all. */
interface Group {
  readonly layer: string | undefined
  readonly features: readonly string[]
  readonly products: Products
}

/**
 * Probes of every layer's average features, again and again, of the same images: sessions are made once. The encoder goes
 * through each image once for all layers.
 */
export class LayerProbes {
  private readonly bundle: Bundle
  private readonly images: ProbeImages
  private readonly encoder: Stepper
  private readonly groups: ReadonlyMap<string, Group>

  private constructor(
    bundle: Bundle,
    images: ProbeImages,
    encoder: Stepper,
    groups: ReadonlyMap<string, Group>,
  ) {
    this.bundle = bundle
    this.images = images
    this.encoder = encoder
    this.groups = groups
  }

  /** @param values all that the encoder reads */
  static async create(
    bundle: Bundle,
    images: ProbeImages,
    values: Values,
    session: SessionOptions,
  ): Promise<LayerProbes> {
    const { encode, probes } = bundle.manifest
    const outputs = encode.graphs.flatMap((graph) => graph.outputs)
    const together = probes.find(({ name }) => name === ALL)
    const names = together ? together.features : []
    const groups = new Map<string, Group>()
    for (const name of names) {
      const own = probes.find(({ features }) => features.length === 1 && features[0] === name)
      const products = own ? await openProducts(bundle, own, session) : plainProducts
      const layer = outputs.find((output) => output.name === name)?.layer
      groups.set(name, { layer: layer ?? name, features: [name], products })
    }
    if (together)
      groups.set(ALL, {
        layer: undefined,
        features: names,
        products: await openProducts(bundle, together, session),
      })
    return new LayerProbes(bundle, images, await Stepper.open(bundle, encode, values, session), groups)
  }

  /** @throws what the signal was aborted with, between two pieces of the work */
  async measure(values: Values, signal?: AbortSignal): Promise<LayerFindings> {
    this.encoder.assign(values)
    const [learned, judged] = [
      await this.features(this.images.learned, signal),
      await this.features(this.images.judged, signal),
    ]
    const layers: Record<string, Accuracies> = {}
    const notFinite: string[] = []
    let all: Accuracies | undefined
    for (const [name, { layer, products }] of this.groups) {
      signal?.throwIfAborted()
      const [known, asked] = [found(learned, name, name), found(judged, name, name)]
      if (![known, asked].every(areFinite)) {
        if (layer !== undefined) notFinite.push(layer)
        continue
      }
      const accuracies = await this.judge(known, asked, products)
      if (layer === undefined) all = accuracies
      else layers[layer] = accuracies
    }
    return { layers, all, notFinite }
  }

  async release(): Promise<void> {
    await this.encoder.release()
    for (const { products } of this.groups.values()) await products.release()
  }

  private features(dataset: Dataset, signal?: AbortSignal): Promise<Map<string, Features>> {
    const groups = new Map([...this.groups].map(([name, { features }]) => [name, features]))
    return featuresBy(this.encoder, this.bundle.manifest.encode, dataset, { groups, signal })
  }

  private async judge(known: Features, asked: Features, products: Products): Promise<Accuracies> {
    const { learned, judged } = this.images
    const taught = { features: known, labels: labelsOf(learned, 'a probe') }
    const wanted = { features: asked, labels: labelsOf(judged, 'a probe') }
    const { classes } = this.bundle.manifest.program.input
    const classifier = await fitRidge(taught, classes, products)
    // Signals are heard only when the event loop turns.
    await platform.threads.turn()
    return {
      linear: linearAccuracy(classifier, wanted),
      knn: await nearestNeighbours(taught, wanted, NEIGHBOURS, products),
    }
  }
}
