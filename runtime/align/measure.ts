import { platform } from '#platform'
import { present } from '../../src/base/lists.ts'
import { both } from '../train/both.ts'
import { BatchInputs, type BatchOptions } from '../batches/batch-inputs.ts'
import { Stepper, type StepResults } from '../train/stepper.ts'
import { checkedWithSession, type Checks } from '../given/check.ts'
import * as kind from '../given/kinds.ts'
import { ranges } from '../given/ranges.ts'
import type { Listener } from '../given/hearing.ts'
import type { Values } from '../values/value-store.ts'
import { meanOf, summarise, type Summary } from './summary.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** What `measureAlignment` takes. */
export interface AlignmentOptions extends BatchOptions {
  /** What `compileAlignment` makes. */
  readonly bundle: BatchOptions['bundle'] & {
    readonly manifest: { readonly alignment: Section; readonly sides: readonly Side[] }
  }
  /** Parameters and states; states of rules go on from batch to batch. */
  readonly values: Values
  /** How many, from the first of the seed on. */
  readonly batches: number
  /** Ends after the batch under way, without a result. */
  readonly signal?: AbortSignal | undefined
  /** Hears how many batches are done. */
  readonly onBatch?: Listener<number> | undefined
}

/** What is measured, and how much of it at a time. */
export type MeterOptions = Omit<AlignmentOptions, keyof MeasureOptions>
export type MeasureOptions = Pick<AlignmentOptions, 'batches' | 'signal' | 'onBatch'>

const checks: Checks<AlignmentOptions> = {
  ...kind.session,
  bundle: kind.bundleWith<AlignmentOptions['bundle']>('alignment', 'what compileAlignment gives'),
  dataset: kind.images,
  seed: kind.wholeIn(ranges.seed),
  values: kind.values,
  batches: kind.wholeIn(ranges.many),
  signal: kind.signal.optional(),
  onBatch: kind.listener<AlignmentOptions['onBatch']>('done').optional(),
}

/** How a local update l and the backpropagated g of the same parameters agree. */
export interface Agreement {
  /** l · g / (|l| |g|). */
  readonly cosine: Summary
  /** |l| / |g|. */
  readonly ratio: Summary
  /** |l - g|² summed over batches, by the sum of |g|²; what the training of projections descends, in units of g. */
  readonly error: number
}

/** What the compiler knows of a layer's two gradients. */
export interface Side {
  readonly layer: string
  /** Both are the gradient of one and the same loss: their cosine is 1, whatever is measured. */
  readonly byConstruction: boolean
  /** Why they need not agree, where that is not the doing of local credit alone. */
  readonly notes: readonly string[]
}

export interface LayerAgreement extends Agreement, Side {}

/** What `measureAlignment` found. */
export interface Alignment {
  /** From the input to the top, over all parameters of each layer together. */
  readonly layers: readonly LayerAgreement[]
  /** Of each batch the mean over layers, summarised over batches. */
  readonly mean: Agreement
  /** The same over those layers alone that agree not by construction; undefined where that is all of them, or none. */
  readonly meanOfOthers: Agreement | undefined
  /** That measuring took. */
  readonly secondsPerBatch: number
}

/** l · g, |l|² and |g|² of one layer on one batch. */
export type Products = readonly [both: number, local: number, global: number]

/** Measures a program's updates against backpropagation, batch by batch; undefined where it was stopped. */
export async function measureAlignment(given: AlignmentOptions): Promise<Alignment | undefined> {
  const options = checkedWithSession('measureAlignment', checks, given)
  const meter = await AlignmentMeter.create(options)
  try {
    return await meter.measure(options)
  } finally {
    await meter.release()
  }
}

/** Measures again and again, at values that change: its sessions are made once. */
export class AlignmentMeter {
  private readonly bundle: AlignmentOptions['bundle']
  private readonly inputs: BatchInputs
  private readonly stepper: Stepper

  private constructor(bundle: AlignmentOptions['bundle'], inputs: BatchInputs, stepper: Stepper) {
    this.bundle = bundle
    this.inputs = inputs
    this.stepper = stepper
  }

  /** Prepares it; release it at the end. @throws UserError as `Stepper.create` */
  static async create(options: MeterOptions): Promise<AlignmentMeter> {
    const { bundle, values } = options
    const { alignment } = bundle.manifest
    const [inputs, stepper] = await both(
      BatchInputs.create(options),
      Stepper.open(bundle, alignment, values, options),
    )
    return new AlignmentMeter(bundle, inputs, stepper)
  }

  /** Goes on with other values of these parameters; those that are not named stay. */
  assign(values: Values): void {
    this.stepper.assign(values)
  }

  /** The same batches each time; undefined where it was stopped. */
  async measure({ batches, signal, onBatch }: MeasureOptions): Promise<Alignment | undefined> {
    const { alignment, sides } = this.bundle.manifest
    const found = new Map<string, Products[]>()
    const began = performance.now()
    for (let batch = 0; batch < batches; batch++) {
      if (signal?.aborted === true) return undefined
      const [result] = await this.stepper.run([await this.inputs.at(alignment, batch)])
      for (const [layer, products] of productsOf(alignment, result))
        found.set(layer, [...(found.get(layer) ?? []), products])
      await onBatch?.(batch + 1)
      // Signals are heard only when the event loop turns.
      await platform.threads.turn()
    }
    const secondsPerBatch = (performance.now() - began) / 1000 / batches
    return { ...alignmentOf(found, sides), secondsPerBatch }
  }

  async release(): Promise<void> {
    await this.stepper.release()
    await this.inputs.release()
  }
}

function productsOf({ graphs }: Section, result: StepResults | undefined): [layer: string, Products][] {
  const outputs = graphs.flatMap((graph) => graph.outputs).filter(({ role }) => role === 'alignment')
  return outputs.map(({ name, layer = name }) => {
    const products = result?.outputs[name]?.data
    if (!(products instanceof Float64Array)) throw new Error(`no products ${name}`)
    const [both = NaN, local = NaN, global = NaN] = products
    return [layer, [both, local, global]]
  })
}

/** How one layer agrees, over batches; cosines and ratios are not finite where a gradient is zero. */
export function agreement(batches: readonly Products[]): Agreement {
  const total = (of: (products: Products) => number) =>
    batches.reduce((sum, products) => sum + of(products), 0)
  return {
    // One root of the product: √x √x may differ from x in the last bit, √(x²) does not.
    cosine: summarise(batches.map(([both, local, global]) => both / Math.sqrt(local * global))),
    ratio: summarise(batches.map(([, local, global]) => Math.sqrt(local / global))),
    error: total(([both, local, global]) => local - 2 * both + global) / total(([, , global]) => global),
  }
}

function alignmentOf(
  found: ReadonlyMap<string, readonly Products[]>,
  sides: readonly Side[],
): Omit<Alignment, 'secondsPerBatch'> {
  const layers = [...found].map(([layer, products]) => ({
    ...present(
      sides.find((side) => side.layer === layer),
      layer,
    ),
    ...agreement(products),
  }))
  const others = layers.filter(({ byConstruction }) => !byConstruction)
  const isSome = others.length > 0 && others.length < layers.length
  return { layers, mean: meanOver(layers), meanOfOthers: isSome ? meanOver(others) : undefined }
}

/** Of each batch the mean over layers, summarised over batches. */
function meanOver(layers: readonly Agreement[]): Agreement {
  const batches = layers[0]?.cosine.values ?? []
  const mean = (of: (layer: Agreement) => Summary) =>
    summarise(
      batches.map((_, batch) =>
        meanOf(layers.map((layer) => of(layer).values[batch] ?? NaN).filter(Number.isFinite)),
      ),
    )
  return {
    cosine: mean(({ cosine }) => cosine),
    ratio: mean(({ ratio }) => ratio),
    error: meanOf(layers.map(({ error }) => error)),
  }
}
