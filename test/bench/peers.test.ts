import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Contestant } from '../../bench/contestant.ts'
import { prepareStep } from '../../bench/prepare.ts'
import {
  describe as describeStep,
  describeForwardForward,
  describeResNet,
  ruleNames,
} from '../../bench/programs.ts'
import { largestDifference } from '../../bench/statistics.ts'
import { temporaryFolder } from '../runtime/temporary-folder.ts'
import type { Described, Shape } from '../../bench/programs.ts'

/** The yardstick does the same step as ours: same parameters and batches in, same losses out, step after step, in
 * float64. */

const python = process.env.HEBB_PYTHON ?? 'python3'
const missing = spawnSync(python, ['-c', 'import torch']).status !== 0
const reason = missing ? ` (skipped: ${python} has no torch; name one that has it in HEBB_PYTHON)` : ''

const tiny: Shape = {
  size: 8,
  batch: 4,
  layers: [
    { channels: 6, pooled: true, tile: 2 },
    { channels: 5, pooled: false, tile: 2 },
    { channels: 4, pooled: true, tile: 1 },
  ],
}
const cases: readonly Described[] = [
  ...ruleNames.map((name) => describeStep(name, tiny)),
  describeForwardForward([10, 8], 4),
  describeResNet(4, 8, 4),
]
const STEPS = 6

describe.skipIf(missing)(`losses of PyTorch are ours${reason}`, () => {
  let hebb: Contestant
  let pyTorch: Contestant
  beforeAll(() => {
    hebb = Contestant.hebb(1)
    pyTorch = Contestant.pyTorch({ threads: 1, python, ompWait: '' })
  })
  afterAll(() => Promise.all([hebb.close(), pyTorch.close()]))

  test.each(cases.map((each) => [each.title, each] as const))('for %s', async (_, described) => {
    const folder = join(temporaryFolder(), 'case')
    await prepareStep(folder, { ...described, program: { ...described.program, dtype: 'float64' } })
    await hebb.open(folder)
    const ours = (await hebb.run('hebb', STEPS)).values
    const { variants } = await pyTorch.open(folder)
    expect(variants).toEqual(expect.arrayContaining(['default', 'foreach', 'fused', 'compiled']))
    expect(variants.includes('channels-last')).toBe(described.told.kind === 'step')
    for (const variant of variants.filter((name) => !name.startsWith('compiled'))) {
      await pyTorch.open(folder)
      const theirs = (await pyTorch.run(variant, STEPS)).values
      expect(largestDifference(ours, theirs)).toBeLessThan(1e-11)
      // Batches differ, so the same loss twice would mean that nothing was computed.
      expect(ours[0]).not.toEqual(ours[1])
    }
  })

  test('whichever way is taken next, compiled too', async () => {
    const [described] = cases
    if (!described) throw new Error('there are cases')
    const folder = join(temporaryFolder(), 'case')
    await prepareStep(folder, { ...described, program: { ...described.program, dtype: 'float64' } })
    await hebb.open(folder)
    const ours = (await hebb.run('hebb', 2 * STEPS)).values
    const { variants } = await pyTorch.open(folder)
    const theirs: number[][] = []
    for (const variant of [...variants, ...variants.toReversed()])
      theirs.push(...(await pyTorch.run(variant, 1)).values)
    expect(theirs).toHaveLength(ours.length)
    expect(largestDifference(ours, theirs)).toBeLessThan(1e-11)
  })

  test('and its memory is told by the operating system', async () => {
    for (const { peak, resident } of [await hebb.memory(), await pyTorch.memory()]) {
      expect(resident).toBeGreaterThan(1e7)
      expect(peak).toBeGreaterThanOrEqual(resident)
    }
  })
})

describe('a side that cannot run', () => {
  test('is told with what to do about it', async () => {
    const absent = Contestant.pyTorch({ threads: 1, python: 'no-such-python', ompWait: '' })
    await expect(absent.memory()).rejects.toThrow(/the process of PyTorch ended[^]*ENOENT[^]*HEBB_PYTHON/)
    await expect(absent.memory()).rejects.toThrow('ended')
    await absent.close()
  })
})
