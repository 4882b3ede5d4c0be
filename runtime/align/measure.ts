import { BatchInputs, type BatchOptions } from '../batch-inputs.ts'
import { Stepper, type StepResults, type Values } from '../stepper.ts'
import { meanOf, summarise, type Summary } from './summary.ts'
import type { Section } from '../../src/onnx/manifest.ts'

export interface AlignmentOptions extends BatchOptions {
  /** What `compileAlignment` makes. */
  readonly bundle: BatchOptions['bundle'] & { readonly manifest: { readonly alignment: Section } }
  /** Parameters and states; states of rules go on from batch to batch. */
  readonly values: Values
  /** How many, from the first of the seed on. */
  readonly batches: number
  /** Ends after the batch under way, without a result. */
  readonly signal?: AbortSignal
  readonly onBatch?: (done: number) => void
}

/** How a local update l and the backpropagated g of the same parameters agree. */
export interface Agreement {
  /** l · g / (|l| |g|). */
  readonly cosine: Summary
  /** |l| / |g|. */
  readonly ratio: Summary
  /** |l - g|² / |g|², what the training of projections descends. */
  readonly error: Summary
}

export interface LayerAgreement extends Agreement {
  readonly layer: string
}

export interface Alignment {
  /** From the input to the top, over all parameters of each layer together. */
  readonly layers: readonly LayerAgreement[]
  /** Of each batch the mean over layers, summarised over batches. */
  readonly mean: Agreement
  readonly secondsPerBatch: number
}

/** The numbers of one layer on one batch; not finite where a gradient is zero. */
interface Figures {
  readonly cosine: number
  readonly ratio: number
  readonly error: number
}

/** Measures a program's updates against backpropagation, batch by batch; undefined where it was stopped. */
export async function measureAlignment(options: AlignmentOptions): Promise<Alignment | undefined> {
  const { bundle, values, batches, signal, onBatch } = options
  const { alignment } = bundle.manifest
  const inputs = await BatchInputs.create(options)
  const stepper = await Stepper.create(bundle, alignment, values, options)
  const found = new Map<string, Figures[]>()
  try {
    const began = performance.now()
    for (let batch = 0; batch < batches; batch++) {
      if (signal?.aborted === true) return undefined
      const [result] = await stepper.run([await inputs.at(alignment, batch)])
      for (const [layer, figures] of figuresOf(alignment, result))
        found.set(layer, [...(found.get(layer) ?? []), figures])
      onBatch?.(batch + 1)
      // Signals are heard only when the event loop turns.
      await new Promise((resolve) => setImmediate(resolve))
    }
    return summary(found, batches, (performance.now() - began) / 1000 / batches)
  } finally {
    await stepper.release()
    await inputs.release()
  }
}

function figuresOf({ graphs }: Section, result: StepResults | undefined): [layer: string, Figures][] {
  const outputs = graphs.flatMap((graph) => graph.outputs).filter(({ role }) => role === 'alignment')
  return outputs.map(({ name, layer = name }) => {
    const products = result?.outputs[name]?.data
    if (!(products instanceof Float64Array)) throw new Error(`no products ${name}`)
    const [both = NaN, local = NaN, global = NaN] = products
    return [layer, agreement(both, local, global)]
  })
}

/** From l · g, |l|² and |g|². */
export const agreement = (both: number, local: number, global: number): Figures => ({
  // One root of each: √x √x may differ from x in the last bit, √(x²) does not.
  cosine: both / Math.sqrt(local * global),
  ratio: Math.sqrt(local / global),
  error: (local - 2 * both + global) / global,
})

function summary(
  found: ReadonlyMap<string, readonly Figures[]>,
  batches: number,
  secondsPerBatch: number,
): Alignment {
  const of = (figures: readonly Figures[]): Agreement => ({
    cosine: summarise(figures.map(({ cosine }) => cosine)),
    ratio: summarise(figures.map(({ ratio }) => ratio)),
    error: summarise(figures.map(({ error }) => error)),
  })
  const all = [...found.values()]
  const means = Array.from({ length: batches }, (_, batch): Figures => {
    const mean = (key: keyof Figures) =>
      meanOf(all.map((figures) => figures[batch]?.[key] ?? NaN).filter(Number.isFinite))
    return { cosine: mean('cosine'), ratio: mean('ratio'), error: mean('error') }
  })
  const layers = [...found].map(([layer, figures]) => ({ layer, ...of(figures) }))
  return { layers, mean: of(means), secondsPerBatch }
}
