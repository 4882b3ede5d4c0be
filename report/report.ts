import type { ResultTable } from './results.ts'
import type { Run } from './run.ts'

/** What a report says: plain data, so that it can be made anywhere and drawn by a pure function. */
export interface Report {
  readonly title: string
  readonly subtitle: string
  /** Label and value, such as `['Seeds', '1, 2, 3']`. */
  readonly settings: readonly (readonly [label: string, value: string])[]
  /** One paragraph each. */
  readonly notes: readonly string[]
  /** Left out where nothing was measured. */
  readonly table?: ResultTable | undefined
  /** One sentence each, such as which runs are not in the table, and why. */
  readonly tableNotes?: readonly string[] | undefined
  readonly runs: readonly Run[]
  /** Shell commands that make the same figures again, one per line. */
  readonly commands: readonly string[]
}

/** A report that compares methods: its table has a picture, too. */
export interface Comparison extends Report {
  readonly table: ResultTable
}
