import { expect, test } from 'vitest'
import { killedSweep } from '../../bench/torture/sweeps/killed.ts'
import { newFolder } from '../cli/run-hebb.ts'

/** Processes are found by /proc. `npx tsx bench/sweep-kills.ts` is the same of nine runs and five kills. */
test.runIf(process.platform === 'linux')(
  'a sweep that is killed again and again does every run once, to the same bits',
  async () => {
    const outcome = await killedSweep({ folder: newFolder(), runs: 3, kills: 2, steps: 20 })
    expect(outcome.violations).toEqual([])
    expect(outcome).toMatchObject({ kills: 2, done: 3 })
  },
  240_000,
)
