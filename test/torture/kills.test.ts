import { describe, expect, test } from 'vitest'
import { torture } from '../../bench/torture/kills/kills.ts'
import { duels, moments, roundOf, victims } from '../../bench/torture/kills/plan.ts'
import { briefly } from './briefly.ts'

/** The kill loop finds processes by /proc. */
const linux = process.platform === 'linux'
const STEPS = 60

describe.runIf(linux)('a run', () => {
  test('that is killed again and again comes to the same bits, and leaves nobody behind', async () => {
    const { violations, counts } = await torture(briefly(6), STEPS)
    expect(violations).toEqual([])
    expect(counts.kills).toBeGreaterThanOrEqual(6)
  }, 240_000)

  test.each([7])(
    'that two processes want at once is trained by one, and the other is told (case %i)',
    async (only) => {
      const { violations, counts } = await torture(briefly(1, { only }), STEPS)
      expect(violations).toEqual([])
      expect(counts).toMatchObject({ duels: 1, runs: 1 })
    },
    240_000,
  )
})

describe('what is tried', () => {
  const rounds = Array.from({ length: 100 }, (_, number) => roundOf(0, number))
  const kills = rounds.flatMap(({ starts }) => starts.map(({ kill }) => kill))

  test('depends on seed and number alone', () => {
    expect(roundOf(0, 17)).toEqual(rounds[17])
    expect(roundOf(1, 17)).not.toEqual(rounds[17])
  })

  test('meets every process at every moment, and every kind of duel', () => {
    for (const victim of victims)
      for (const moment of moments) expect(kills).toContainEqual(expect.objectContaining({ victim, moment }))
    expect(new Set(rounds.flatMap(({ duel }) => duel ?? []))).toEqual(new Set(duels))
  })
})
