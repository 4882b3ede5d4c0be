import { writeAtomically } from '../runtime/files/atomic.ts'
import type { AlignmentReport } from './alignment/data.ts'
import type { Comparison, Report } from './report.ts'

export type {
  Confusion,
  Embedding,
  LayerProbe,
  Neighbours,
  NeighboursOf,
  OnlineProbe,
  OwnClassifier,
  OwnClassifiers,
  ProbedImages,
  Thumb,
} from './judged.ts'
export type { AlignmentGroup, AlignmentReport, AlignmentSeries } from './alignment/data.ts'
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
  Told,
  UpdateReads,
} from './run.ts'

/*
 * What draws is loaded where something is drawn: it takes a third of a second.
 */

/** One HTML page that needs nothing else: no script, no font, no network. A pure function of the data. */
export const renderReport = async (report: Report): Promise<string> =>
  (await import('./page.ts')).renderReport(report)

/** The accuracies as one picture, 860 pixels wide, on a light ground: for a README. */
export const renderSummarySvg = async (report: Comparison): Promise<string> =>
  (await import('./summary.ts')).renderSummarySvg(report)

export const renderAlignmentReport = async (report: AlignmentReport): Promise<string> =>
  (await import('./alignment/page.ts')).renderAlignmentReport(report)

/** The drawings as one picture, 860 pixels wide, on a light ground. */
export const renderAlignmentSvg = async (report: AlignmentReport): Promise<string> =>
  (await import('./alignment/page.ts')).renderAlignmentSvg(report)

/** Writes the page to `path`. @throws UserError of kind FileError where that is not possible. */
export const writeReport = async (path: string, report: Report): Promise<void> => {
  writeAtomically(path, [await renderReport(report)])
}
