import type { Signal } from '../src/bundle/signals.ts'
import type { Confusion, Embedding, Neighbours, OnlineProbe, OwnClassifiers } from './judged.ts'
import type { Cell, ResultTable } from './results.ts'

/** One training run. A part that is left out is left out of the page, too. */
export interface Run {
  readonly name: string
  readonly description: string
  /** What it was trained on; default: images. */
  readonly noun?: 'image' | 'signal' | undefined
  /** The shell command that trains the same run again. */
  readonly command?: string | undefined
  /** Others that made what the page shows, such as those of its probes. */
  readonly commands?: readonly Told[] | undefined
  /** The folder that relative paths in commands begin at. */
  readonly from?: string | undefined
  /** Label and value, of this run alone. */
  readonly settings?: readonly (readonly [label: string, value: string])[] | undefined
  /** Parts that the page could show but does not have, and how to have them. */
  readonly missing?: readonly Missing[] | undefined
  readonly seconds?: number | undefined
  readonly imagesPerSecond?: number | undefined
  /** The losses that layers learn from, one curve each, from the input to the top. */
  readonly losses: readonly Curve[]
  /** Other numbers that a rule logs, such as `similarity`. */
  readonly logs?: readonly Log[] | undefined
  /** The losses on images that are not trained on. */
  readonly validation?: readonly Curve[] | undefined
  /** Probes while training, ascending by step. */
  readonly online?: readonly OnlineProbe[] | undefined
  /** How well the classifiers do that it has learned itself. */
  readonly own?: OwnClassifiers | undefined
  /** Accuracies of this run by method, where they cannot stand in the table of the page. */
  readonly results?: ResultTable | undefined
  /** Accuracies of this run by layer or method. */
  readonly accuracy?: ResultTable | undefined
  readonly confusions?: readonly Confusion[] | undefined
  readonly alignment?: Alignment | undefined
  /** Left out where there is nothing to see, such as behind a linear layer. */
  readonly filters?: Filters | undefined
  readonly neighbours?: Neighbours | undefined
  readonly embedding?: Embedding | undefined
  readonly locality: readonly UpdateReads[]
  /** Cost of one step, layer by layer. */
  readonly layers?: readonly LayerCost[] | undefined
  /** Cost of one step, graph by graph. */
  readonly graphs: readonly GraphCost[]
}

/** A command, and one sentence on what it does. */
export interface Told {
  readonly what: string
  readonly command: string
}

/** Such as `{ part: 'Accuracy', command: 'npx hebb probe runs/mine --json …' }`. */
export interface Missing {
  readonly part: string
  readonly why?: string | undefined
  /** What makes it; and what does so, too. */
  readonly command?: string | undefined
  readonly also?: string | undefined
  /** One sentence on what to put into the command. */
  readonly hint?: string | undefined
}

/** One number of one layer by step. */
export interface Curve {
  readonly layer: string
  /**
   * By step, ascending: the value of a step, or of many steps their median with the lowest and the highest
   * of them. Values that are not finite are not drawn, but counted in the caption.
   */
  readonly points: readonly CurvePoint[]
  /** Steps whose values were not finite, beside those among the points. */
  readonly notFinite?: number | undefined
}

export type CurvePoint =
  readonly [step: number, value: number] | readonly [step: number, value: number, low: number, high: number]

/** A number that a rule logs, of the layers that log it. */
export interface Log {
  readonly name: string
  readonly curves: readonly Curve[]
}

/** Each layer's update beside backpropagation's. */
export interface Alignment {
  /** From the input to the top. */
  readonly layers: readonly LayerAlignment[]
  readonly mean: AlignmentPoint
  /** The mean of the others, where some layers are 1 by construction. */
  readonly meanOfOthers?: AlignmentPoint | undefined
  /** Sentences on what a reader should know, such as which losses differ. */
  readonly notes?: readonly string[] | undefined
}

/** Spreads are standard errors over batches. */
export interface AlignmentPoint {
  readonly cosine: Cell
  /** Of norms: the update's by backpropagation's. */
  readonly ratio: Cell
}

export interface LayerAlignment extends AlignmentPoint {
  readonly layer: string
  /** Whether its cosine is 1 whatever is measured, as both updates are of one loss. */
  readonly byConstruction?: boolean | undefined
}

/** The kernels of one convolution, each an image [channels, height, width]. */
export interface Filters {
  readonly layer: string
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly before?: readonly Float32Array[] | undefined
  readonly after: readonly Float32Array[]
}

/** What one training step costs in one layer; what is not known is left out. */
export interface LayerCost {
  readonly layer: string
  /** Median over steps. */
  readonly milliseconds?: number | undefined
  /** Estimated peak of its graph. */
  readonly bytes?: number | undefined
  readonly flops?: number | undefined
  /** How many numbers it learns. */
  readonly parameters?: number | undefined
}

export interface GraphCost {
  readonly name: string
  readonly nodes: number
  readonly flops: number
  /** Median over steps. */
  readonly milliseconds?: number | undefined
}

/** The signals that the update of a parameter is computed from. */
export interface UpdateReads {
  readonly parameter: string
  /** The layer that it belongs to, as its name begins. */
  readonly layer: string
  readonly reads: readonly Signal[]
}
