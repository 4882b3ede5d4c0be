import { writeAtomically } from '../runtime/files/atomic.ts'
import { renderReport } from './page.ts'
import type { Report } from './report.ts'

export { renderReport } from './page.ts'
export { renderSummarySvg } from './summary.ts'
export type {
  Cell,
  Column,
  Filters,
  GraphCost,
  Losses,
  Report,
  ResultTable,
  Row,
  Run,
  UpdateReads,
} from './report.ts'

/** Writes the page to `path`. Throws a UserError of kind FileError where that is not possible. */
export const writeReport = (path: string, report: Report): void => {
  writeAtomically(path, [renderReport(report)])
}
