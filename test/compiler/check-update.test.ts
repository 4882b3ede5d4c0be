import { describe, expect, test } from 'vitest'
import { global, local, rule, type Rule } from '../../src/index.ts'
import { clapp, clappPlusPlus, clappThreeFactor, oja, softhinge } from '../../rules/index.ts'
import { checkDescent, checkUpdate } from '../../testing/index.ts'
import { tinyPools as pool, tinyProgram } from '../support/programs.ts'

/** What `hebb/testing` offers for rules of explicit updates: they are compared with another rule, or with a loss. */

/** Three factors, each update multiplied. */
const times = (factor: number): Rule<'a' | 'b'> => {
  const { teach, ...named } = clappThreeFactor({ pool })
  return {
    ...named,
    teach: (context) => {
      const taught = teach(context)
      if (!('updates' in taught)) throw new Error('no updates')
      const updates = Object.entries(taught.updates).map(([name, each]) => [name, each.mul(factor)] as const)
      return { ...taught, updates: Object.fromEntries(updates) }
    },
  }
}
const like = clapp({ pool })
const taught = (learn: Rule<'a' | 'b'>) => tinyProgram({ learn: local(learn) })

describe('checkUpdate', () => {
  test('finds that three factors are the gradient of the hinge', async () => {
    expect(await checkUpdate(taught(clappThreeFactor({ pool })), { like })).toBeLessThan(1e-10)
  })

  test.each([-37, 1.001, 0])('tells of updates that are %s times as long', async (factor) => {
    expect(await checkUpdate(taught(times(factor)), { like })).toBeGreaterThan(1e-4)
  })

  test('allows a positive factor where it is asked to, and no other', async () => {
    expect(await checkUpdate(taught(times(37)), { like, upToFactor: true })).toBeLessThan(1e-10)
    expect(await checkUpdate(taught(times(-37)), { like, upToFactor: true })).toBeGreaterThan(0.1)
    expect(await checkUpdate(taught(times(0)), { like, upToFactor: true })).toBe(Infinity)
  })

  test('tells other losses apart', async () => {
    const other = clapp({ pool, contrast: softhinge() })
    expect(await checkUpdate(taught(clappThreeFactor({ pool })), { like: other })).toBeGreaterThan(1e-3)
  })

  test('compares the credit that it is given', async () => {
    const program = taught(clappPlusPlus(1))
    expect(await checkUpdate(program, { like: local(clappPlusPlus(1)) })).toBe(0)
    await expect(checkUpdate(program, { like: global(clappPlusPlus(1)) })).rejects.toThrow(
      /'clapp' moves conv1\.clapp\.projection, conv2\.clapp\.projection, which the other does not/,
    )
    expect(await checkUpdate(program, { like: global(clappPlusPlus(1)), only: ['weight'] })).toBeGreaterThan(
      0.1,
    )
  })

  test('tells what one rule moves and the other does not, and names that neither moves', async () => {
    await expect(checkUpdate(taught(oja()), { like })).rejects.toThrow(
      /'oja' leaves conv1\.bias, conv1\.oja\.projection, .* alone, which the other moves[^]*only: \['weight'\]/,
    )
    await expect(checkUpdate(taught(oja()), { like, only: ['weigth'] })).rejects.toThrow(/moves no 'weigth'/)
  })

  test('is never empty', async () => {
    const still = rule<'a' | 'b'>('still', ({ weight }) => ({ updates: { weight: weight.mul(0) } }))
    await expect(checkUpdate(taught(still), { like: still })).rejects.toThrow(/every update is zero/)
  })

  test.each([
    [{}, /checkUpdate: like is missing/],
    [{ like, trails: 3 }, /no option 'trails'[^]*did you mean 'trials'/],
    [{ like: 'clapp' }, /like is 'clapp'[^]*give a rule, such as clapp\(\)/],
  ])('checks its options: %o', async (options: object, told) => {
    await expect(Reflect.apply(checkUpdate, undefined, [taught(oja()), options])).rejects.toThrow(told)
  })
})

describe('checkDescent', () => {
  test("is 1 for a loss' own gradient, whatever its length, and -1 uphill", async () => {
    expect(await checkDescent(taught(times(37)), { of: like })).toBeCloseTo(1, 10)
    expect(await checkDescent(taught(times(-37)), { of: like })).toBeCloseTo(-1, 10)
  })

  test('is between for a relative of it', async () => {
    const cosine = await checkDescent(taught(clappThreeFactor({ pool })), {
      of: clapp({ pool, contrast: softhinge() }),
    })
    expect(cosine).toBeGreaterThan(0)
    expect(cosine).toBeLessThan(1)
  })

  test('is 0 where nothing moves', async () => {
    expect(await checkDescent(taught(times(0)), { of: like })).toBe(0)
  })

  test('wants a loss', async () => {
    await expect(checkDescent(taught(oja()), { of: oja() })).rejects.toThrow(
      /conv1\.weight has an explicit update here, and no gradient[^]*rules\/oja\.ts/,
    )
  })
})
