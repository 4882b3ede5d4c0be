import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { duration, lineOf, lineWithin } from '../../runtime/train/progress-text.ts'
import type { Progress } from '../../runtime/train/train.ts'

/** What is said of a training in one line, and what of it where there is little room. */

const layers = (count: number, loss = 2) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`conv${i + 1}`, loss + i / 100]))

const standing = (change: Partial<Progress> = {}): Progress => ({
  ...{ step: 195, totalSteps: 558, stepsPerEpoch: 93, rate: 2e-4, losses: layers(4) },
  ...{ imagesPerSecond: 1523.4, secondsLeft: 65 },
  ...change,
})
const probe = { step: 186, linear: 0.7123, knn: 0.6951 }
const bar = (size: number) => '='.repeat(size)
const within = (columns: number, change: Partial<Progress> = {}) => lineWithin(columns, standing(change), bar)

describe('a line for a terminal', () => {
  test.each([
    [10, '===== 34%'],
    [40, '========== 34% · 1m 05s left · loss 2.01'],
    [60, '34% · epoch 2.1 · 1523 images/s · 1m 05s left · loss 2.01'],
    [80, '===== 34% · epoch 2.1 · 1523 images/s · 1m 05s left · rate 2.0e-4 · loss 2.01'],
    [100, '34% · epoch 2.1 · 1523 images/s · 1m 05s left · rate 2.0e-4 · conv1 2.00 conv2 2.01 … conv4 2.03'],
    [
      200,
      '==================== 34% · epoch 2.1 · 1523 images/s · 1m 05s left · rate 2.0e-4 · conv1 2.00 conv2 2.01 conv3 2.02 conv4 2.03',
    ],
  ])('of %i columns leaves out what is needed least', (columns, line) => {
    expect(within(columns)).toBe(line)
  })

  test('has the last probe, where there is one', () => {
    expect(within(60, { probe })).toBe('34% · epoch 2.1 · 1523 images/s · 1m 05s left · loss 2.01')
    expect(within(90, { probe })).toBe(
      '===== 34% · epoch 2.1 · 1523 images/s · 1m 05s left · loss 2.01 · probe 71.2% kNN 69.5%',
    )
  })

  test('has of many layers as many as there is room for, the last among them', () => {
    expect(within(130, { losses: layers(50) })).toMatch(/ · conv1 2\.00 conv2 2\.01 .* … conv50 2\.49$/)
  })

  test('has nothing of losses where there are none', () => {
    expect(within(75, { losses: {} })).toBe(
      '========== 34% · epoch 2.1 · 1523 images/s · 1m 05s left · rate 2.0e-4',
    )
  })

  const anyStanding = fc.record({
    step: fc.integer({ min: 1, max: 1e6 }),
    stepsPerEpoch: fc.integer({ min: 1, max: 1e5 }),
    secondsLeft: fc.double({ min: 0, max: 1e7, noNaN: true }),
    imagesPerSecond: fc.double({ min: 0, max: 1e6, noNaN: true }),
    losses: fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1 }), fc.double({ noNaN: true }), {
      maxKeys: 60,
    }),
    probe: fc.option(fc.constant(probe), { nil: undefined }),
  })

  test('is never wider than the terminal', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 250 }), anyStanding, (columns, change) => {
        expect(stringWidth(within(columns, { totalSteps: 1e6, ...change }))).toBeLessThanOrEqual(columns)
      }),
    )
  })

  test('shows no less on a wider terminal', () => {
    const partsOf = (line: string) =>
      line
        .replace(/^=+ /, '')
        .split(' · ')
        .map((part) => part.replace(/^(loss|conv\d+) .*/, 'losses'))
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 250 }), fc.integer({ min: 0, max: 60 }), (columns, count) => {
        const [narrow, wide] = [columns, columns + 1].map((each) =>
          partsOf(within(each, { losses: layers(count), probe })),
        )
        expect(wide).toEqual(expect.arrayContaining(narrow ?? []))
      }),
    )
  })
})

test('a line for a log has all of it', () => {
  expect(lineOf(standing({ probe }))).toBe(
    'step 195/558 · epoch 2.1 · 1523 images/s · 1m 05s left · rate 2.0e-4 · ' +
      'conv1 2.00 conv2 2.01 conv3 2.02 conv4 2.03 · probe 71.2% kNN 69.5%',
  )
})

test.each([
  [0, '0s'],
  [59.4, '59s'],
  [60, '1m 00s'],
  [3725, '1h 02m'],
  [86_399, '23h 59m'],
  [273_600, '3d 04h'],
])('%d seconds are told as %s', (seconds, told) => {
  expect(duration(seconds)).toBe(told)
})
