import type { Frame } from '../frame.ts'
import type { AlignmentPoint } from '../run.ts'

/** What a report on alignment says: plain data, so that it can be made anywhere and drawn by pure functions. */
export interface AlignmentReport extends Frame {
  /** Programs of one encoder stand in one drawing and one table. */
  readonly groups: readonly AlignmentGroup[]
}

export interface AlignmentGroup {
  /** From the input to the top. */
  readonly layers: readonly string[]
  readonly series: readonly AlignmentSeries[]
  /** Programs of the page, where others than these have colours, too. */
  readonly programs?: number | undefined
}

/** One program; or the same with trained projections, drawn in the colour of the program. */
export interface AlignmentSeries {
  readonly name: string
  /** Number of the program, from 0. */
  readonly program: number
  readonly trainedProjections: boolean
  /** One per layer; spreads are standard errors. */
  readonly points: readonly AlignmentPoint[]
  /** Over layers. */
  readonly mean: AlignmentPoint
  /** Over the layers that are not 1 by construction, and which are; undefined where that is all or none. */
  readonly meanOfOthers?: AlignmentPoint | undefined
  readonly byConstruction?: readonly string[] | undefined
}
