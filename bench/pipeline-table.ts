import { rivalNamed, type Comparison } from './compare.ts'
import { showSpeedUp, showStepRate } from './units.ts'
import type { Conditions } from './environment.ts'

/** Two workers with one core each, beside one worker with one core and with two. */
export interface Pipelined extends Conditions {
  readonly comparison: Comparison
  /** Which graphs each of the two workers runs. */
  readonly groups: readonly (readonly string[])[]
}

export const head = [
  '',
  '1 worker × 1 thread',
  '1 × 1 on one core',
  '1 × 2',
  '2 × 1',
  '2 × 1 to 1 × 1',
  '2 × 1 to one core',
  '2 × 1 to 1 × 2',
  'layers of the workers',
]

export function row({ comparison, groups }: Pipelined): string[] {
  const [single, confined, double] = ['1 × 1', '1 × 1 on one core', '1 × 2'].map((name) =>
    rivalNamed(comparison, name),
  )
  return [
    comparison.title,
    showStepRate(single?.time),
    showStepRate(confined?.time),
    showStepRate(double?.time),
    showStepRate(comparison.ours.time),
    showSpeedUp(single?.ratio),
    showSpeedUp(confined?.ratio),
    showSpeedUp(double?.ratio),
    groups.map((group) => (group.length === 1 ? group[0] : `${group[0]}–${group.at(-1)}`)).join(', '),
  ]
}
