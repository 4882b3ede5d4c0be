import type { Signal } from '../src/bundle/signals.ts'

/** What a report says: plain data, so that it can be made anywhere and drawn by a pure function. */
export interface Report {
  readonly title: string
  readonly subtitle: string
  /** Label and value, such as `['Seeds', '1, 2, 3']`. */
  readonly settings: readonly (readonly [label: string, value: string])[]
  /** One paragraph each. */
  readonly notes: readonly string[]
  readonly table: ResultTable
  readonly runs: readonly Run[]
  /** Shell commands that make the same figures again, one per line. */
  readonly commands: readonly string[]
}

/** Accuracies of methods (rows) by readouts (columns). */
export interface ResultTable {
  /** One sentence under the table; says what the spreads are. */
  readonly caption: string
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
  /** Name of the row that the others should beat; drawn as a dashed line. */
  readonly reference?: string | undefined
}

export interface Column {
  readonly name: string
  /** Neighbours of the same group share a heading, such as `Global averages`. */
  readonly group?: string | undefined
}

export interface Row {
  readonly name: string
  /** One per column. */
  readonly cells: readonly Cell[]
  /** Not a trained encoder: set apart from the others. */
  readonly baseline?: boolean | undefined
}

/** Fractions of 1, shown in per cent. NaN: not measured. */
export interface Cell {
  readonly value: number
  readonly spread?: number | undefined
}

/** One training run. */
export interface Run {
  readonly name: string
  readonly description: string
  readonly losses: readonly Losses[]
  /** Left out where there is nothing to see, such as behind a linear layer. */
  readonly filters?: Filters | undefined
  readonly seconds: number
  readonly imagesPerSecond: number
  /** Cost of one step, graph by graph. */
  readonly graphs: readonly GraphCost[]
  readonly locality: readonly UpdateReads[]
}

export interface Losses {
  readonly layer: string
  /** By step, ascending; losses that are not finite are left out of the drawing. */
  readonly points: readonly (readonly [step: number, loss: number])[]
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

export interface GraphCost {
  readonly name: string
  readonly nodes: number
  readonly flops: number
}

/** The signals that the update of a parameter is computed from. */
export interface UpdateReads {
  readonly parameter: string
  /** The layer that it belongs to, as its name begins. */
  readonly layer: string
  readonly reads: readonly Signal[]
}
