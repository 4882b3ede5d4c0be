import { caseNames, isLarge, type CaseName } from './cases.ts'
import { jobName, type Job } from './job.ts'
import type { DeviceSetting } from './figures.ts'
import type { Section } from './schedule.ts'

/** The sections in the order of their worth: what runs at all, then how right, how fast, and beside what. */

export interface PlannedSection extends Section {
  readonly job: Job
}

const planned = (job: Job, limit: number, least = Math.round(limit / 4)): PlannedSection => {
  const needs = 'case' in job && job.section !== 'prepare' ? { needs: `prepare ${job.case}` } : {}
  return { name: jobName(job), job, limit, least, ...needs }
}

export interface Plan {
  /** On the CPU alone, before anything is timed: side by side. */
  readonly before: readonly PlannedSection[]
  /** One after the other. */
  readonly then: readonly PlannedSection[]
}

/** That the limits below are for: sections take what they take, whatever the clock says. */
const MINUTES = 8

/**
 * @param chosen the cases that are wanted
 * @param minutes for all sections: limits grow with them, as on a machine that is slower
 */
export function planOf(chosen: readonly CaseName[] = caseNames, minutes = MINUTES): Plan {
  const small = chosen.filter((name) => !isLarge(name))
  const large = chosen.filter(isLarge)
  const [first] = chosen
  const steps = (names: readonly CaseName[], setting: DeviceSetting, limit: number) =>
    names.map((name) => planned({ section: 'steps', case: name, setting }, limit))
  const peers = (names: readonly CaseName[], compile: boolean, limit: number) =>
    names.map((name) => planned({ section: 'peer', case: name, compile }, limit))
  const longer = Math.max(1, minutes / MINUTES)
  const stretched = (sections: readonly PlannedSection[]) =>
    sections.map((section) => ({ ...section, limit: section.limit * longer }))
  return {
    before: stretched([
      planned({ section: 'doctor' }, 60, 1),
      planned({ section: 'machine' }, 30, 1),
      ...[...large, ...small].map((name) => planned({ section: 'prepare', case: name }, 90)),
    ]),
    then: stretched([
      ...steps(small, 'float32', 60),
      planned({ section: 'train' }, 60),
      ...peers(small.slice(0, 1), false, 45),
      ...steps(large.slice(0, 1), 'float32', 75),
      ...steps(small, 'tf32', 45),
      ...peers(large.slice(0, 1), false, 60),
      ...steps(small.slice(0, 1), 'mixed', 45),
      ...steps(large.slice(0, 1), 'mixed', 60),
      ...(first === undefined ? [] : [planned({ section: 'profile', case: first }, 45)]),
      planned({ section: 'augmentation' }, 45),
      planned({ section: 'limits' }, 45),
      ...peers(small.slice(1), false, 45),
      ...steps(large.slice(1), 'float32', 75),
      ...steps(large, 'tf32', 60),
      ...steps([...small.slice(1), ...large.slice(1)], 'mixed', 60),
      ...peers(large.slice(1), false, 60),
      ...peers([...small.slice(0, 1), ...large.slice(0, 2), ...small.slice(1), ...large.slice(2)], true, 90),
    ]),
  }
}
