import type { Settings } from '../../bench/torture/cases.ts'
import { newFolder } from '../cli/run-hebb.ts'

/** A short torture, always the same: what bench/torture.ts does for an hour. */
export const briefly = (count: number, rest: Partial<Settings> = {}): Settings => ({
  seed: 0,
  count,
  until: Infinity,
  jobs: 2,
  folder: newFolder(),
  ...rest,
})
