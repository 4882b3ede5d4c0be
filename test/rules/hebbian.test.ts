import { describe, expect, test } from 'vitest'
import {
  compile,
  crossEntropy,
  flatten,
  global,
  layer,
  linear,
  local,
  program,
  relu,
  rule,
  sgd,
  tanh,
  type Layer,
} from '../../src/index.ts'
import { directFeedbackAlignment, feedbackAlignment, oja, softHebb } from '../../rules/index.ts'
import { compileNodes } from '../support/evaluate.ts'
import { relativeError } from '../support/samples.ts'
import { runSteps } from '../support/steps.ts'
import { traceProgram } from '../support/trace-program.ts'

/** Explicit rules against their papers' equations, written out in loops. */

type Matrix = readonly (readonly number[])[]

const size = { channels: 1, size: [2, 3] as const, classes: 3 }
const layers = (): Layer[] => [
  layer('hidden', flatten(), linear(4, { bias: false }), tanh()),
  layer('top', linear(3, { bias: false })),
]

/** One step's update of each weight, with the values that it was computed from. */
async function observe(learn: Parameters<typeof program>[0]['learn'], encoder: readonly Layer[] = layers()) {
  const options = { input: size, views: ['a'], batch: 5, dtype: 'float64' as const }
  const traced = traceProgram(program({ ...options, encoder, learn, optimizer: sgd({ lr: 1 }) }))
  const { blockUpdates, registry } = traced.traced
  const taught = blockUpdates.flatMap((blockUpdate) => blockUpdate.taught)
  const run = await compileNodes(
    taught.map(({ gradient }) => gradient),
    [...traced.feeds.keys()],
  )
  const slopes = await run(traced.feeds)
  const matrix = (values: ArrayLike<number>, columns: number): Matrix =>
    Array.from({ length: values.length / columns }, (_, row) =>
      Array.from({ length: columns }, (_, column) => values[row * columns + column] ?? NaN),
    )
  const valueOf = (name: string): Matrix => {
    const parameter = registry.parameters.find((each) => each.name === name)
    if (!parameter) throw new Error(`no ${name}`)
    return matrix(traced.feeds.get(parameter.node) ?? [], parameter.node.shape[1] ?? 1)
  }
  const updateOf = (name: string): Matrix => {
    const index = taught.findIndex(({ parameter }) => parameter.name === name)
    const slope = slopes[index] ?? new Float64Array()
    return matrix(
      slope.map((value) => -value),
      taught[index]?.parameter.node.shape[1] ?? 1,
    )
  }
  const views = matrix([...traced.feeds.values()][0] ?? [], 6)
  return { views, valueOf, updateOf }
}

const at = (m: Matrix, row: number, column: number): number => m[row]?.[column] ?? NaN
const dot = (a: readonly number[] = [], b: readonly number[] = []): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0)
const times = (x: Matrix, w: Matrix): Matrix => x.map((row) => w.map((weights) => dot(row, weights)))
const like = (m: Matrix, f: (row: number, column: number) => number): Matrix =>
  m.map((row, i) => row.map((_, j) => f(i, j)))
/** Σ over rows of post_j · pre_i. */
const outer = (post: Matrix, pre: Matrix): Matrix =>
  Array.from({ length: post[0]?.length ?? 0 }, (_, j) =>
    Array.from({ length: pre[0]?.length ?? 0 }, (_, i) =>
      post.reduce((sum, row, n) => sum + (row[j] ?? NaN) * at(pre, n, i), 0),
    ),
  )
const expectClose = (actual: Matrix, wanted: Matrix) => {
  expect(relativeError(actual.flat(), wanted.flat())).toBeLessThan(1e-12)
}

describe('Oja', () => {
  test('moves each weight by y (x - y w), averaged over rows', async () => {
    const { views, valueOf, updateOf } = await observe(local(oja()))
    const w = valueOf('hidden.weight')
    const y = times(views, w)
    const wanted = like(w, (j, i) =>
      views.reduce((sum, x, n) => sum + (at(y, n, j) * ((x[i] ?? NaN) - at(y, n, j) * at(w, j, i))) / 5, 0),
    )
    expectClose(updateOf('hidden.weight'), wanted)
  })

  test('finds the first principal component of its input, with weights of length 1', async () => {
    // Rows along a direction with length 3, and noise of length 1 across it.
    const direction = [0.6, 0, 0.8, 0, 0, 0]
    const rows = [-3, -1, 1, 3].flatMap((s, n) =>
      direction.map((value, i) => s * value + (i === 1 ? ([0.3, -0.3, -0.3, 0.3][n] ?? 0) : 0)),
    )
    const small = program({
      input: { channels: 1, size: [2, 3] },
      views: ['a'],
      batch: 4,
      dtype: 'float64',
      encoder: [layer('unit', flatten(), linear(1, { bias: false }))],
      learn: local(oja()),
      optimizer: sgd({ lr: 0.05 }),
    })
    const values = await runSteps(small, 400, rows)
    const weight = Array.from(values.get('unit.weight')?.data ?? [], Number)
    expect(dot(weight, weight)).toBeCloseTo(1, 6)
    expect(Math.abs(dot(weight, direction))).toBeCloseTo(1, 6)
  })
})

describe('SoftHebb', () => {
  test('winners learn, losers unlearn, at a rate that depends on the length of the weights', async () => {
    const { views, valueOf, updateOf } = await observe(local(softHebb({ temperature: 0.5 })))
    const w = valueOf('hidden.weight')
    const u = times(views, w)
    const y = u.map((row) => {
      const exponentials = row.map((value) => Math.exp(value / 0.5))
      const total = exponentials.reduce((a, b) => a + b)
      return exponentials.map((e, j) => ((row[j] === Math.max(...row) ? 1 : -1) * e) / total)
    })
    const hebbian = outer(y, views)
    const change = like(
      w,
      (j, i) => at(hebbian, j, i) - y.reduce((s, row, n) => s + (row[j] ?? 0) * at(u, n, j), 0) * at(w, j, i),
    )
    const largest = Math.max(...change.flat().map(Math.abs))
    const rate = w.map((row) => (Math.abs(Math.sqrt(dot(row, row)) - 1) + 1e-10) ** 0.5)
    expectClose(
      updateOf('hidden.weight'),
      like(change, (j, i) => ((rate[j] ?? NaN) * at(change, j, i)) / largest),
    )
  })

  test('without its anti-Hebbian part every unit learns in proportion to its share', async () => {
    const { views, valueOf, updateOf } = await observe(local(softHebb({ antiHebbian: false, power: 0 })))
    const w = valueOf('hidden.weight')
    const u = times(views, w)
    const y = u.map((row) => {
      const exponentials = row.map(Math.exp)
      return exponentials.map((e) => e / exponentials.reduce((a, b) => a + b))
    })
    const hebbian = outer(y, views)
    const change = like(
      w,
      (j, i) => at(hebbian, j, i) - y.reduce((s, row, n) => s + (row[j] ?? 0) * at(u, n, j), 0) * at(w, j, i),
    )
    const largest = Math.max(...change.flat().map(Math.abs))
    expectClose(
      updateOf('hidden.weight'),
      like(change, (j, i) => at(change, j, i) / largest),
    )
  })
})

/** Σ z²/2 of the top layer: its error is the top activity itself. */
const energy = rule<string>('energy', ({ out }) => out.rows.square().sum().div(2))

describe('direct feedback alignment', () => {
  test('sends the error of the top straight to a layer through fixed weights', async () => {
    const { views, valueOf, updateOf } = await observe(local(directFeedbackAlignment(energy)))
    const [w, v] = [valueOf('hidden.weight'), valueOf('top.weight')]
    const feedback = valueOf('hidden.direct-feedback-alignment.feedback')
    const z = times(views, w).map((row) => row.map(Math.tanh))
    const error = times(z, v)
    const fedBack = times(error, feedback)
    const delta = like(fedBack, (n, j) => at(fedBack, n, j) * (1 - at(z, n, j) ** 2))
    expectClose(
      updateOf('hidden.weight'),
      like(w, (j, i) => -at(outer(delta, views), j, i)),
    )
    expectClose(
      updateOf('top.weight'),
      like(v, (j, i) => -at(outer(error, z), j, i)),
    )
  })

  test('refuses a rule without a loss', () => {
    const learn = local(directFeedbackAlignment(softHebb()))
    const options = { input: size, views: ['a'], batch: 2, optimizer: sgd({ lr: 1 }) }
    expect(() => compile(program({ ...options, encoder: layers(), learn }))).toThrow(/'softhebb' has no loss/)
  })
})

describe('feedback alignment', () => {
  test('carries the error down through random weights in place of the transposed ones', async () => {
    const labelled = rule<string>('labelled', ({ out, labels }) => crossEntropy(out.rows, labels))
    const { views, valueOf, updateOf } = await observe(global(feedbackAlignment(labelled)))
    const [w, v] = [valueOf('hidden.weight'), valueOf('top.weight')]
    const feedback = valueOf('top.feedback-alignment.top.feedback')
    const z = times(views, w).map((row) => row.map(Math.tanh))
    const logits = times(z, v)
    const error = logits.map((row, n) => {
      const total = row.reduce((sum, value) => sum + Math.exp(value), 0)
      return row.map((value, k) => (Math.exp(value) / total - (k === n % 3 ? 1 : 0)) / 5)
    })
    const down = like(z, (n, j) => error[n]?.reduce((sum, e, k) => sum + e * at(feedback, k, j), 0) ?? NaN)
    const delta = like(down, (n, j) => at(down, n, j) * (1 - at(z, n, j) ** 2))
    expectClose(
      updateOf('hidden.weight'),
      like(w, (j, i) => -at(outer(delta, views), j, i)),
    )
    expectClose(
      updateOf('top.weight'),
      like(v, (k, j) => -at(outer(error, z), k, j)),
    )
  })

  test('needs layers of one connection each', () => {
    const encoder = [layer('two', flatten(), linear(4), relu(), linear(3))]
    const options = { input: size, views: ['a'], batch: 2, optimizer: sgd({ lr: 1 }) }
    expect(() => compile(program({ ...options, encoder, learn: global(feedbackAlignment(energy)) }))).toThrow(
      /'two' has 2 weighted modules/,
    )
  })
})
