import { writeAtomically } from '../runtime/files/atomic.ts'
import { renderReport } from './page.ts'
import type { Report } from './report.ts'

export { renderReport } from './page.ts'
export { renderSummarySvg } from './summary.ts'
export type {
  Confusion,
  Embedding,
  LayerProbe,
  Neighbours,
  NeighboursOf,
  OnlineProbe,
  Thumb,
} from './judged.ts'
export type { Comparison, Report } from './report.ts'
export type { Cell, Column, ResultTable, Row } from './results.ts'
export type {
  Alignment,
  AlignmentPoint,
  Curve,
  CurvePoint,
  Filters,
  GraphCost,
  LayerAlignment,
  LayerCost,
  Log,
  Missing,
  Run,
  UpdateReads,
} from './run.ts'

/** Writes the page to `path`. Throws a UserError of kind FileError where that is not possible. */
export const writeReport = (path: string, report: Report): void => {
  writeAtomically(path, [renderReport(report)])
}
