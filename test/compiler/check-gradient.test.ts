import { expect, test } from 'vitest'
import { global, local, rule } from '../../src/index.ts'
import { clappPlusPlus, oja } from '../../rules/index.ts'
import { checkGradient } from '../../testing/index.ts'
import { tinyPools, tinyProgram } from '../support/programs.ts'

/** The check that `hebb/testing` offers for rules of one's own. */

test.each([
  ['local', local(clappPlusPlus(tinyPools))],
  ['global', global(clappPlusPlus(1))],
])('a right gradient is told from differences, whatever the type of the program: %s', async (_, learn) => {
  const error = await checkGradient(tinyProgram({ learn, dtype: 'float32', batch: 50 }))
  expect(error).toBeGreaterThan(0)
  expect(error).toBeLessThan(1e-6)
})

test('a wrong one is, too: at a kink, half of the slope', async () => {
  const kinked = rule<'a' | 'b'>('kinked', ({ weight, out }) =>
    weight.sub(weight.stopGradient()).relu().sum().add(out.rows.mean()),
  )
  expect(await checkGradient(tinyProgram({ learn: local(kinked) }))).toBeGreaterThan(0.1)
})

test('a gradient that is not a number is wrong', async () => {
  const broken = rule<'a' | 'b'>('broken', ({ weight, out }) =>
    weight.mul(0).sqrt().sum().add(out.rows.mean()),
  )
  expect(await checkGradient(tinyProgram({ learn: local(broken) }))).toBe(Infinity)
})

test('a rule without a loss has no gradient to check', async () => {
  await expect(checkGradient(tinyProgram({ learn: local(oja()) }))).rejects.toThrow(
    /'oja' has no loss that teaches[^]*rules\/oja\.ts/,
  )
})
