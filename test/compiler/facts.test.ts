import type { ConvAttributes } from '../../src/ops/window.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deriveFacts } from '../../src/cut/derive-facts.ts'
import { transfers } from '../../src/cut/facts/table.ts'
import { topological } from '../../src/ir/walk.ts'
import { addAt } from '../../src/ops/add-at.ts'
import { constant, input } from '../../src/ops/leaf.ts'
import { conv2d } from '../../src/ops/conv.ts'
import { gather, scatterAdd } from '../../src/ops/gather.ts'
import { languageOps } from '../../src/ops/table.ts'
import { cut } from '../../src/ops/stop.ts'
import { concat, gradient, Tensor, where } from '../../src/index.ts'
import { evaluate } from '../support/evaluate.ts'
import type { Facts } from '../../src/cut/facts/facts.ts'
import type { Node } from '../../src/ir/node.ts'

/** Abstract interpretation: what each op does to the axes of samples and of units. */

const images = 3
const t = (node: Node) => new Tensor(node)
const given = (role: Parameters<typeof input>[0], shape: number[], dtype: 'float64' | 'int64' = 'float64') =>
  t(input(role, role, dtype, shape))
const drawn = given('draw', [2, 6], 'int64')
const facts = deriveFacts(
  {
    perUnit: new Set(),
    draws: [
      { node: drawn.node, draw: { kind: 'negatives', name: 'draw', type: 'int64', shape: [2, 6], images } },
    ],
  },
  images,
)

/** `[s, u]`: samples along the first axis, units along the second; `s2`: two elements in a row per sample. */
const axes = ({ axes }: Facts): string =>
  `[${axes
    .map(({ sample, unit }) => {
      const samples = sample === undefined ? '' : sample === 1 ? 's' : `s${sample}`
      return `${samples}${unit ? 'u' : ''}` || '-'
    })
    .join(', ')}]`
const told = ({ node }: Tensor): string => {
  const { summed, scalar } = facts(node)
  return [axes(facts(node)), ...(summed ? ['summed'] : []), ...(scalar ? ['scalar'] : [])].join(' ')
}
/** All relations that arise on the way to a value. */
const arising = ({ node }: Tensor): string[] => [
  ...new Set(topological([node]).flatMap((each) => [...facts(each).arises])),
]

const rows = given('views', [6, 4])
const maps = given('views', [6, 2, 4, 4])
const weights = given('parameter', [5, 4])
const kernels = given('parameter', [5, 2, 3, 3])
const labels = given('labels', [3], 'int64')
const window: ConvAttributes = {
  kernel: [3, 3],
  stride: [1, 1],
  padding: [1, 1],
  dilation: [1, 1],
  groups: 1,
}
const conv = (x: Tensor, w: Tensor, groups = 1) => t(conv2d(x.node, w.node, undefined, { ...window, groups }))
const total = rows.sum(0)
const score = rows.square().sum(1)
const fixed = (...values: number[]) => t(constant('int64', [values.length], values))

test('every op of the language has a transfer function, and no other has one', () => {
  expect([...transfers.keys()].map(({ name }) => name).sort()).toEqual(
    languageOps.map(({ name }) => name).sort(),
  )
})

describe('what follows from what', () => {
  test.each([
    ['rows of a batch', rows, '[s, u]'],
    ['maps: channels are units, places are not', maps, '[s, u, -, -]'],
    ['maps of one channel: every pixel is a unit', given('views', [6, 1, 4, 4]), '[s, -, u, u]'],
    ['weights', weights, '[u, u]'],
    ['labels', labels, '[s]'],
    ['element by element', rows.tanh().mul(rows), '[s, u]'],
    ['broadcasting', rows.mul(weights.slice(0, 0, 1)), '[s, u]'],
    ['a new axis in front', drawn.cast('float64').reshape(2, 6, 1).mul(rows), '[-, s, u]'],
    ['a sum over units', score, '[s] scalar'],
    ['a mean over places', maps.mean(2, 3), '[s, u]'],
    ['a sum over samples', total, '[u] summed'],
    ['a sum over everything', rows.sum(), '[] summed scalar'],
    [
      'sums scaled, added, moved',
      total
        .mul(2)
        .add(weights.slice(0, 0, 1))
        .reshape(4, 1),
      '[u, -] summed',
    ],
    ['a linear layer', rows.matmul(weights, { transposeB: true }), '[s, u]'],
    ['a weight gradient', rows.matmul(rows, { transposeA: true }), '[u, u] summed'],
    ['a score by a product', rows.reshape(6, 1, 4).matmul(rows.reshape(6, 4, 1)), '[s, -, -] scalar'],
    ['a convolution', conv(maps, kernels), '[s, u, -, -]'],
    ['its weight gradient', gradient(conv(maps, kernels).square().sum(), kernels), '[u, u, -, -] summed'],
    ['its input gradient', gradient(conv(maps, kernels).square().sum(), maps), '[s, u, -, -]'],
    [
      'an average by a constant kernel, maps as rows',
      conv(maps.reshape(12, 1, 4, 4), t(constant('float64', [1, 1, 3, 3], new Float64Array(9)))).reshape(
        6,
        2,
        4,
        4,
      ),
      '[s, u, -, -]',
    ],
    ['maps read at points', maps.gridSample(given('draw', [6, 2, 2, 2])), '[s, u, -, -]'],
    ['classes as numbers', labels.oneHot(3), '[s, -]'],
    ['pooling', maps.maxPool(2).averagePool(2), '[s, u, -, -]'],
    ['pooling, backwards', gradient(maps.maxPool(2).square().sum(), maps), '[s, u, -, -]'],
    ['one view', rows.slice(0, 3, 6), '[s, u]'],
    ['views exchanged', concat([rows.slice(0, 3, 6), rows.slice(0, 0, 3)]), '[s, u]'],
    ['a view, backwards', gradient(rows.slice(0, 3, 6).square().sum(), rows), '[s, u]'],
    ['views apart', rows.reshape(2, 3, 4), '[-, s, u]'],
    ['views side by side', concat([rows.slice(0, 0, 3), rows.slice(0, 3, 6)], 1), '[s, u]'],
    ['flat', maps.flatten(1), '[s, u]'],
    ['quite flat', rows.reshape(24), '[s4u]'],
    ['patches as rows', maps.reshape(6, 2, 16).permute(0, 2, 1).reshape(96, 2), '[s16, u]'],
    [
      'patches as rows, and back',
      maps.reshape(6, 2, 16).permute(0, 2, 1).reshape(96, 2).reshape(6, 16, 2),
      '[s, -, u]',
    ],
    [
      'every image’s first patch',
      maps.reshape(6, 2, 16).permute(0, 2, 1).reshape(96, 2).slice(0, 0, 96, 16),
      '[s, u]',
    ],
    ['views exchanged by index', rows.rows(fixed(3, 4, 5, 0, 1, 2)), '[s, u]'],
    [
      'views exchanged by index, backwards',
      t(scatterAdd(rows.node, fixed(3, 4, 5, 0, 1, 2).node, 6)),
      '[s, u]',
    ],
    [
      'weights, some with more',
      t(addAt(weights.node, fixed(0, 3).node, weights.slice(0, 0, 2).node)),
      '[u, u]',
    ],
    ['columns by index', t(gather(rows.node, fixed(2, 0).node, 1)), '[s, u]'],
    ['a table read by labels', weights.rows(labels), '[s, u]'],
    [
      'a table taught by labels',
      rows.slice(0, 0, 3).segmentSum(labels, 5),
      '[u] summed'.replace('[', '[-, '),
    ],
    ['what another layer hands over', t(cut(rows.node, 'below.out')), '[s, u]'],
  ])('%s', (_, value, expected) => {
    expect(told(value)).toBe(expected)
    expect(arising(value)).toEqual([])
  })
})

describe('samples read each other', () => {
  test.each([
    ['drawn rows', rows.rows(drawn)],
    ['drawn rows, backwards', rows.broadcast(2, 6, 4).segmentSum(drawn, 6)],
    ['rows with other rows', t(addAt(rows.node, fixed(0, 3).node, rows.slice(0, 1, 3).node))],
    ['rows rolled by one', concat([rows.slice(0, 1, 6), rows.slice(0, 0, 1)])],
    ['rows rolled by index', rows.rows(fixed(1, 2, 3, 4, 5, 0))],
    ['rows rolled by index, backwards', t(scatterAdd(rows.node, fixed(1, 2, 3, 4, 5, 0).node, 6))],
    ['rows in reverse', rows.rows(fixed(5, 4, 3, 2, 1, 0))],
    ['every other row', rows.slice(0, 0, 6, 2)],
    ['some rows of a view', rows.slice(0, 0, 2)],
    ['rows pushed down', rows.pad([1, 0], [2, 0])],
    ['rows beside a part of a view', concat([rows, weights.slice(0, 0, 1)])],
    ['all pairs by a product', rows.matmul(rows, { transposeB: true })],
    ['all pairs by broadcasting', rows.reshape(6, 1, 4).sub(rows.reshape(1, 6, 4))],
    ['a reshape that tears samples apart', rows.reshape(4, 6)],
    ['a reshape of views into pairs of rows', rows.reshape(3, 2, 4)],
    ['patches against images', rows.reshape(24).mul(rows.permute(1, 0).reshape(24))],
    ['patches and images in one axis', concat([rows.reshape(24), rows.permute(1, 0).reshape(24)])],
    ['attention by another sample’s scores', rows.reshape(1, 6, 4).matmul(rows.reshape(6, 4, 1))],
    ['a product that sums over samples but keeps one', rows.slice(1, 0, 3).matmul(rows.slice(0, 0, 3))],
    ['labels that pick rows', rows.rows(labels)],
    ['kernels per sample', conv(maps.permute(1, 0, 2, 3), kernels.slice(1, 0, 1).broadcast(5, 6, 3, 3))],
  ])('%s', (_, value) => {
    expect(arising(value)).toContain('samples')
  })
})

describe('samples share a statistic', () => {
  const variance = rows.square().sum(0)
  const covariance = rows.matmul(rows, { transposeA: true })
  test.each([
    ['rows centred', rows.sub(rows.mean(0))],
    ['rows scaled', rows.div(variance)],
    ['a sum over the batch, squared', total.square()],
    ['a product of two sums', total.mul(variance)],
    ['a number by a sum', weights.slice(0, 0, 1).div(total)],
    ['a condition on a sum', where(total.greater(0), weights, 0)],
    ['rows through their covariance', rows.matmul(covariance)],
    ['a sum beside rows', concat([rows, total.reshape(1, 4).broadcast(6, 4)], 1)],
    ['a largest row', rows.amax(0)],
    ['the largest rows', rows.topK(1, 0)],
    ['log-sum-exp over rows', rows.logSumExp(0)],
    ['maps less their mean', maps.sub(maps.mean(0, 2, 3).reshape(1, 2, 1, 1))],
    [
      'a convolution by a correlation',
      conv(maps, maps.mean(0).reshape(1, 2, 4, 4).slice(2, 0, 3).slice(3, 0, 3)),
    ],
  ])('%s', (_, value) => {
    expect(arising(value)).toContain('statistics')
    expect(arising(value)).not.toContain('samples')
  })

  test('one of two axes of samples reduced is still other samples, not a statistic', () => {
    expect(arising(rows.matmul(rows, { transposeB: true }).logSumExp(1))).toEqual(['samples'])
  })
})

describe('units share a scalar', () => {
  test.each([
    ['a score that multiplies', rows.mul(score.reshape(6, 1))],
    ['a length that divides', rows.div(score.sqrt().reshape(6, 1))],
    ['a softmax over units', rows.sub(rows.logSumExp(1).reshape(6, 1)).exp()],
    ['a score per position', maps.mul(maps.square().sum(1).reshape(6, 1, 4, 4))],
    ['a score that weighs rows', score.reshape(1, 6).matmul(rows)],
    ['a softmax', rows.softmax(1)],
    ['the two largest that multiply', rows.mul(rows.topK(2).sum(1, { keepDims: true }))],
    ['the winner’s activity', rows.eq(rows.amax(1).reshape(6, 1)).cast('float64')],
    ['a score that reaches weights', weights.mul(score.mean())],
  ])('%s', (_, value) => {
    expect(arising(value)).toEqual(['scalar'])
  })

  test('a mean over places, or over some units, is none', () => {
    expect(arising(maps.mul(maps.mean(2, 3).reshape(6, 2, 1, 1)))).toEqual([])
    const groups = rows.reshape(6, 2, 2)
    expect(arising(groups.sub(groups.mean(2).reshape(6, 2, 1)))).toEqual([])
  })
})

test('what comes of samples that were torn apart is no statistic', () => {
  const pairs = rows.matmul(rows, { transposeB: true })
  const torn = pairs.reshape(36).slice(0, 1, 36).reshape(5, 7).slice(1, 0, 6).reshape(6, 5)
  expect(arising(torn.matmul(rows.slice(0, 0, 5)).add(rows))).not.toContain('statistics')
})

/** Moves of a tensor that a rule might make, among them some that tear samples apart. */
type Move = (x: Tensor, seed: number) => Tensor
const factors = (n: number) => Array.from({ length: n }, (_, i) => i + 1).filter((size) => n % size === 0)
const moves: readonly Move[] = [
  (x, seed) => x.permute(...x.shape.map((_, axis) => (axis + 1 + (seed % 2)) % x.shape.length)),
  (x, seed) => {
    const size = x.shape.reduce((product, each) => product * each, 1)
    const first = factors(size)[seed % factors(size).length] ?? 1
    return x.reshape(first, size / first)
  },
  (x, seed) => {
    const sizes = factors(x.size(0))
    const first = sizes[seed % sizes.length] ?? 1
    return x.reshape(first, x.size(0) / first, ...x.shape.slice(1))
  },
  (x) => x.flatten(1),
  (x, seed) => {
    const axis = seed % x.shape.length
    const half = Math.floor(x.size(axis) / 2)
    if (half === 0) return x
    return concat([x.slice(axis, half, x.size(axis)), x.slice(axis, 0, half)], axis)
  },
  (x, seed) => x.slice(seed % x.shape.length, 0, x.size(seed % x.shape.length), 1 + (seed % 3)),
  (x, seed) => x.slice(seed % x.shape.length, 0, Math.ceil(x.size(seed % x.shape.length) / 2)),
]

test('where moves mix no samples, each element belongs to the sample that the facts tell', async () => {
  const chain = fc.array(fc.tuple(fc.nat(moves.length - 1), fc.nat(30)), { minLength: 1, maxLength: 5 })
  let kept = 0
  await fc.assert(
    fc.asyncProperty(chain, async (steps) => {
      const value = steps.reduce((x, [move, seed]) => moves[move]?.(x, seed) ?? x, rows)
      if (arising(value).length > 0) return
      const { axes } = facts(value.node)
      const axis = axes.findIndex(({ sample }) => sample !== undefined)
      const stride = value.shape.slice(axis + 1).reduce((product, size) => product * size, 1)
      const expected = Array.from({ length: value.shape.reduce((n, size) => n * size, 1) }, (_, i) => {
        const place = Math.floor(i / stride) % value.size(axis)
        return Math.floor(place / (axes[axis]?.sample ?? 1)) % images
      })
      const own = Float64Array.from({ length: 24 }, (_, i) => Math.floor(i / 4) % images)
      const [actual] = await evaluate([value.node], new Map([[rows.node, own]]))
      expect(Array.from(actual ?? [])).toEqual(expected)
      kept += 1
    }),
    { numRuns: 120, seed: 3 },
  )
  expect(kept).toBeGreaterThan(30)
})
