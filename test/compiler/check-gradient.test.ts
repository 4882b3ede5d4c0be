import { describe, expect, test } from 'vitest'
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

/** A rule with a loss for the bias, and an update of its own for the weights, of any size. */
const half = (factor: number) =>
  rule<'a' | 'b'>('half', ({ out, bias, preactivation, correlate }) => {
    const loss = out.rows.square().mean()
    return {
      updates: { weight: correlate(preactivation.rows).mul(factor) },
      loss: bias ? loss : loss.stopGradient(),
    }
  })

describe('explicit updates', () => {
  test('are told of, for no gradient is compared with them', async () => {
    const program = tinyProgram({ learn: local(half(-37)) })
    await expect(checkGradient(program)).rejects.toThrow(
      /'half' moves conv1\.weight, conv2\.weight, conv3\.weight by explicit updates[^]*notChecked: \['weight'\]/,
    )
    await expect(checkGradient(program, { notChecked: ['conv1.weight'] })).rejects.toThrow(
      /'half' moves conv2\.weight, conv3\.weight by/,
    )
  })

  test('are passed over where the test says that it knows', async () => {
    const program = tinyProgram({ learn: local(half(-37)) })
    expect(await checkGradient(program, { notChecked: ['weight'] })).toBeLessThan(1e-6)
  })

  test('are not acknowledged where there are none', async () => {
    const learn = local(clappPlusPlus(tinyPools))
    await expect(checkGradient(tinyProgram({ learn }), { notChecked: ['weight'] })).rejects.toThrow(
      /no explicit update of 'weight'[^]*leave notChecked out/,
    )
    await expect(
      checkGradient(tinyProgram({ learn: local(half(1)) }), { notChecked: ['weight', 'bias'] }),
    ).rejects.toThrow(/no explicit update of 'bias'[^]*it gives those of conv1\.weight/)
  })
})
