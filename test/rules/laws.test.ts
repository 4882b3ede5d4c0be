import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compile,
  conv,
  flatten,
  layer,
  linear,
  local,
  patches,
  program,
  rule,
  sgd,
  tanh,
  type Credit,
  type Layer,
  type Rule,
} from '../../src/index.ts'
import { barlowTwins, byol, clapp2021, cpc, lpl, ntXent, simSiam, vicreg } from '../../rules/index.ts'
import { firstBlockUpdate } from '../support/first-block-update.ts'
import { tinyProgram } from '../support/programs.ts'
import { relativeError } from '../support/samples.ts'

/** Laws of self-supervised losses, in float64. */

const images = 4
const shared = { batch: images, optimizer: sgd({ lr: 0.1 }), dtype: 'float64' } as const

/** The loss of features [2 × images, 3]: the encoder hands its input on. */
const features = 3
const onFeatures = (learnt: Rule<'a' | 'b'>) =>
  firstBlockUpdate(
    program({
      ...shared,
      input: { channels: features, size: 1 },
      encoder: [layer('code', flatten(), linear(features, { bias: false }))],
      learn: local(learnt),
    }),
  )
const identity = { 'code.weight': [1, 0, 0, 0, 1, 0, 0, 0, 1] }

/** Patches of 4×4 pixels on a grid of 3×3. */
const patchwise: readonly Layer[] = [layer('conv1', patches(4, 2), conv(3), tanh())]
const onPatches = (learnt: Rule) =>
  firstBlockUpdate(
    program({
      ...shared,
      views: ['a'],
      input: { channels: 1, size: 8 },
      encoder: patchwise,
      learn: local(learnt),
    }),
  )

/** Whole thousandths: doubles of fast-check are mostly next to nothing. */
const between = (low: number, high: number, length: number) =>
  fc.array(
    fc.integer({ min: 1000 * low, max: 1000 * high }).map((value) => value / 1000),
    { minLength: length, maxLength: length },
  )
const numbers = (length: number) => between(-2, 2, length)
const order = fc.shuffledSubarray([0, 1, 2, 3], { minLength: images, maxLength: images })

/** Rows of one image each, view by view, in another order of the images. */
function reordered(views: readonly number[], images: readonly number[]): number[] {
  const width = features
  const row = (index: number) => views.slice(index * width, (index + 1) * width)
  return [0, images.length].flatMap((first) => images.flatMap((image) => row(first + image)))
}

const few = { numRuns: 25 }
/** Losses are some 1e-12 apart where sums are taken in another order and small variances divide. */
const close = (actual: number, wanted: number) => {
  expect(Math.abs(actual - wanted)).toBeLessThan(1e-9 * (1 + Math.abs(wanted)))
}

const ofFeatures: readonly (readonly [string, Rule<'a' | 'b'>])[] = [
  ['NT-Xent', ntXent({ head: [] })],
  ['Barlow Twins', barlowTwins()],
  ['VICReg', vicreg()],
  ['LPL', lpl()],
  ['BYOL', byol({ head: [5, 3], predictor: 6 })],
  ['SimSiam', simSiam({ head: [5, 3], predictor: 6 })],
]

describe.each(ofFeatures)('%s', (_, learnt) => {
  test('does not depend on the order of the images', async () => {
    const { run } = await onFeatures(learnt)
    await fc.assert(
      fc.asyncProperty(numbers(2 * images * features), order, async (views, permutation) => {
        const [{ loss }, other] = [
          await run({ ...identity, views }),
          await run({ ...identity, views: reordered(views, permutation) }),
        ]
        close(other.loss, loss)
      }),
      few,
    )
  })

  test('treats both views alike', async () => {
    const { run } = await onFeatures(learnt)
    await fc.assert(
      fc.asyncProperty(numbers(2 * images * features), async (views) => {
        const half = images * features
        const exchanged = [...views.slice(half), ...views.slice(0, half)]
        const [{ loss }, other] = [
          await run({ ...identity, views }),
          await run({ ...identity, views: exchanged }),
        ]
        close(other.loss, loss)
      }),
      few,
    )
  })
})

describe.each(ofFeatures.filter(([name]) => ['Barlow Twins', 'VICReg', 'LPL'].includes(name)))(
  '%s',
  (_, learnt) => {
    test('does not depend on where the features lie', async () => {
      const { run } = await onFeatures(learnt)
      await fc.assert(
        fc.asyncProperty(numbers(2 * images * features), numbers(features), async (views, shift) => {
          const moved = views.map((value, i) => value + (shift[i % features] ?? 0))
          const [{ loss }, other] = [
            await run({ ...identity, views }),
            await run({ ...identity, views: moved }),
          ]
          close(other.loss, loss)
        }),
        few,
      )
    })
  },
)

test('NT-Xent does not depend on the length of features', async () => {
  const { run } = await onFeatures(ntXent({ head: [] }))
  const lengths = between(0.5, 4, 2 * images)
  await fc.assert(
    fc.asyncProperty(numbers(2 * images * features), lengths, async (views, length) => {
      const scaled = views.map((value, i) => value * (length[Math.floor(i / features)] ?? 1))
      const short = Array.from({ length: 8 }, (_, row) =>
        Math.hypot(...views.slice(row * features, (row + 1) * features)),
      )
      fc.pre(short.every((size) => size > 0))
      close((await run({ ...identity, views: scaled })).loss, (await run({ ...identity, views })).loss)
    }),
    few,
  )
})

test('Barlow Twins is zero where the views are the same and the features do not correlate', async () => {
  const { run } = await onFeatures(barlowTwins({ redundancy: 1 }))
  const uncorrelated = [1, 1, 1, 1, -1, -1, -1, 1, -1, -1, -1, 1]
  const sizes = between(1, 9, features)
  await fc.assert(
    fc.asyncProperty(sizes, numbers(features), async (size, shift) => {
      const at = (i: number) =>
        (size[i % features] ?? 1) * (uncorrelated[i] ?? 0) + (shift[i % features] ?? 0)
      const view = uncorrelated.map((_, i) => at(i))
      // What is left is the 1e-5 that the authors add to variances.
      const wanted = size.reduce((sum, s) => sum + (1e-5 / (s ** 2 + 1e-5)) ** 2, 0)
      const { loss } = await run({ ...identity, views: [...view, ...view] })
      expect(Math.abs(loss - wanted)).toBeLessThan(1e-12)
    }),
    few,
  )
})

describe('CLAPP of 2021', () => {
  const pixels = numbers(images * 64)

  test.each(['none', 'transposed', 'separate'] as const)(
    'with both cases at once is the mean of staying and of leaving (%s)',
    async (retrodiction) => {
      const drawn = await onPatches(clapp2021({ retrodiction }))
      const both = await onPatches(clapp2021({ retrodiction, synchronous: true }))
      await fc.assert(
        fc.asyncProperty(pixels, async (views) => {
          const force = (stays: number) =>
            drawn.run({ views, 'clapp2021.stays': [stays, stays, stays, stays] })
          const [stay, leave, mean] = [await force(0), await force(0.75), await both.run({ views })]
          close((stay.loss + leave.loss) / 2, mean.loss)
          for (const [name, wanted] of mean.gradients) {
            const average = wanted.map(
              (_, i) =>
                ((stay.gradients.get(name)?.[i] ?? NaN) + (leave.gradients.get(name)?.[i] ?? NaN)) / 2,
            )
            expect(relativeError(average, wanted), name).toBeLessThan(1e-9)
          }
        }),
        { numRuns: 10 },
      )
    },
  )

  test('retrodiction by the transposed matrices is the gradient through the context', async () => {
    const [plain, separate] = [
      await onPatches(clapp2021({ retrodiction: 'transposed' })),
      await onPatches(clapp2021({ retrodiction: 'separate' })),
    ]
    const transposed = (m: readonly number[]) => m.map((_, i) => m[(i % 3) * 3 + Math.floor(i / 3)] ?? 0)
    await fc.assert(
      fc.asyncProperty(pixels, numbers(9), numbers(9), async (views, one, two) => {
        const predictions = { 'conv1.clapp2021.prediction1': one, 'conv1.clapp2021.prediction2': two }
        const [wanted, own] = [
          await plain.run({ views, ...predictions }),
          await separate.run({
            views,
            ...predictions,
            'conv1.clapp2021.retrodiction1': transposed(one),
            'conv1.clapp2021.retrodiction2': transposed(two),
          }),
        ]
        // Scores are the same, so the loss counts twice; the encoder learns the same.
        close(own.loss, 2 * wanted.loss)
        for (const name of ['conv1.weight', 'conv1.bias'])
          expect(relativeError(own.gradients.get(name) ?? [], wanted.gradients.get(name) ?? [])).toBeLessThan(
            1e-9,
          )
      }),
      few,
    )
  })
})

test('CPC does not depend on the order of the images', async () => {
  const { run } = await onPatches(cpc())
  await fc.assert(
    fc.asyncProperty(numbers(images * 64), order, async (views, permutation) => {
      const other = permutation.flatMap((image) => views.slice(image * 64, (image + 1) * 64))
      close((await run({ views: other })).loss, (await run({ views })).loss)
    }),
    few,
  )
})

describe('mistakes are told:', () => {
  const compiling = (learn: Credit<'a' | 'b'>, encoder?: readonly Layer[]) => () =>
    compile(tinyProgram({ learn, ...(encoder && { encoder }) }))

  test('CLAPP of 2021 without patches', () => {
    expect(compiling(local(clapp2021()))).toThrow(
      /a grid of 1 × 1 patches has no row to predict[^]*patches\(16, 8\)[^]*laws\.test\.ts:\d+/,
    )
  })
  test('a grid that is no square', () => {
    const encoder = [layer('conv1', patches(4, 2), conv(2), tanh())]
    expect(compiling(local(cpc({ columns: 2 })), encoder)).toThrow(
      /9 patches an image do not make a grid[^]*columns/,
    )
  })
  test('an unknown retrodiction', () => {
    const unknown = JSON.parse('{ "retrodiction": "transpose" }') as { retrodiction: 'transposed' }
    const encoder = [layer('conv1', patches(4, 2), conv(2), tanh())]
    expect(() => compiling(local(clapp2021(unknown)), encoder)).toThrow(
      /retrodiction is 'transpose'[^]*did you mean 'transposed'/,
    )
  })
  test.each([
    ['of what is no parameter', 0.9, /only parameters have averages/],
    ['with a decay beyond 1', 1.5, /average of parameters: decay is 1\.5[^]*from 0 to 1/],
  ])('an average %s', (_, decay, message) => {
    const averaging = rule<'a' | 'b'>('averaging', ({ out, average }) => average(out.rows.mean(), decay))
    expect(compiling(local(averaging))).toThrow(message)
  })
  test('a target with a negative decay', () => {
    expect(() => byol({ decay: -1 })).toThrow(/byol: decay is -1/)
  })
})
