import { checkEqualWidths } from './equal-widths.ts'
import { checkPooledScores } from './pooled-scores.ts'
import { checkShrinkingWidths } from './shrinking-widths.ts'
import type { CheckOptions, CheckResult } from './check.ts'

export interface PlannedCheck {
  readonly name: string
  readonly run: (options: Pick<CheckOptions, 'seed' | 'goOn'>) => Promise<CheckResult>
}

/** The theory's checks at full size; where a claim is an equality, a few networks say as much as many. */
export const plannedChecks = (networks: number): PlannedCheck[] => {
  const few = Math.min(networks, 5)
  return [
    {
      name: 'equal widths',
      run: (options) => checkEqualWidths({ ...options, networks: few, batches: 24 }),
    },
    {
      name: 'shrinking widths',
      run: (options) => checkShrinkingWidths({ ...options, networks, batches: 24 }),
    },
    {
      name: 'pooled scores',
      run: (options) => checkPooledScores({ ...options, networks: few, batches: 96 }),
    },
  ]
}
