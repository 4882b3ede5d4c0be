import { describe, expect, test } from 'vitest'
import { add, mul } from '../../src/ops/elementwise.ts'
import { filled, input } from '../../src/ops/leaf.ts'
import { makeLoop } from '../../src/ops/loop.ts'
import { matmul } from '../../src/ops/matmul.ts'
import { reshape } from '../../src/ops/shape.ts'
import { relu } from '../../src/ops/unary.ts'
import { costOf } from '../../src/passes/cost.ts'
import { graph } from '../support/with-algorithm.ts'

/** What a run takes is read off the nodes, in the order in which they run. */

const leaf = (...shape: number[]) => input('activity', 'x', 'float32', shape)

describe('operations', () => {
  test('of a product are a multiply and an add each; of a curve one each; of a move none', () => {
    const [a, b] = [leaf(3, 4), leaf(4, 5)]
    const product = matmul(a, b)
    expect(costOf(graph([product], [a, b])).flops).toBe(2 * 3 * 4 * 5)
    expect(costOf(graph([reshape(relu(product), [15])], [a, b])).flops).toBe(2 * 3 * 4 * 5 + 15)
  })

  test('of a loop are those of its turns, with the additions of sums', () => {
    const [rows, row] = [leaf(7, 2), leaf(2)]
    const { summed } = makeLoop({
      ...{ scanned: [{ inner: row, outer: rows }], whole: [], stacked: [] },
      summed: [mul(row, row)],
    })
    expect(costOf(graph(summed, [rows])).flops).toBe(7 * (2 + 2))
  })
})

describe('bytes', () => {
  test('of a result live until its last reader has run', () => {
    const x = leaf(100)
    const [one, two] = [relu(x), mul(x, x)]
    const three = add(one, two)
    const result = relu(three)
    const { activationBytes, peakBytes } = costOf(graph([result], [x]))
    expect(activationBytes).toBe(4 * 400)
    expect(peakBytes).toBe(3 * 400)
  })

  test('of another shape of a value are that value', () => {
    const x = leaf(100)
    const result = relu(reshape(relu(x), [10, 10]))
    expect(costOf(graph([result], [x]))).toMatchObject({ activationBytes: 800, peakBytes: 800 })
  })

  test('of a constant count where each run makes it, and not where it is stored', () => {
    const x = leaf(1000)
    expect(costOf(graph([mul(x, filled('float32', [1000], 2))], [x])).activationBytes).toBe(8000)
    expect(costOf(graph([mul(x, filled('float32', [1], 2))], [x])).activationBytes).toBe(4000)
  })

  test('of what a loop reads whole live as long as the loop', () => {
    const [rows, row, x] = [leaf(7, 100), leaf(100), leaf(100)]
    const whole = relu(x)
    const inner = leaf(100)
    const { stacked } = makeLoop({
      scanned: [{ inner: row, outer: rows }],
      whole: [{ inner, outer: whole }],
      summed: [],
      stacked: [mul(row, inner)],
    })
    // What is read, the loop's results, and what one turn makes.
    expect(costOf(graph(stacked, [rows, x])).peakBytes).toBe(400 + 7 * 400 + 400)
  })
})
