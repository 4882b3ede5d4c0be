import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { at } from '../../src/base/lists.ts'
import { fitRidge, linearAccuracy } from '../../runtime/online/ridge.ts'
import { solve } from '../../runtime/online/cholesky.ts'
import { dot } from '../../runtime/online/dot.ts'
import { lowerGram, rowsTimesRows } from '../../runtime/online/row-products.ts'
import { stream } from '../../runtime/values/random.ts'

/** Rows of a normal distribution, some of whose classes lie elsewhere. */
function labelled(count: number, dimension: number, classes: number, seed = 1, apart = 0) {
  const random = stream(seed, 'ridge')
  const labels = Uint32Array.from({ length: count }, () => random.integer(classes))
  const values = Float32Array.from({ length: count * dimension }, (_, i) => {
    const label = at(labels, Math.floor(i / dimension))
    return random.normal() + (i % dimension === label % dimension ? apart : 0)
  })
  return { features: { count, dimension, values }, labels }
}

test('a product of lists of any length is that of its terms', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -99, max: 99 }), { maxLength: 11 }), fc.nat(3), (list, from) => {
      const a = Float64Array.from([...Array<number>(from).fill(7), ...list])
      const sum = list.reduce((sum, value) => sum + value * value, 0)
      expect(dot(a, from, Float64Array.from(list), 0, list.length)).toBe(sum)
      expect(() => dot(a, from, a, from, list.length + 1)).toThrow(RangeError)
    }),
  )
})

test('products of rows are those of their terms, of any numbers of rows', () => {
  const rows = fc.nat(5)
  fc.assert(
    fc.property(rows, rows, fc.integer({ min: 1, max: 6 }), fc.nat(), (ofA, ofB, length, seed) => {
      const random = stream(seed, 'rows')
      const whole = (rows: number) =>
        Float64Array.from({ length: rows * length }, () => random.integer(19) - 9)
      const [a, b] = [whole(ofA), whole(ofB)]
      const entry = (one: Float64Array, i: number, other: Float64Array, j: number) =>
        dot(one, i * length, other, j * length, length)
      const products = rowsTimesRows(a, b, length)
      const gram = lowerGram(a, ofA, length)
      expect(products).toHaveLength(ofA * ofB)
      for (let i = 0; i < ofA; i++) {
        for (let j = 0; j < ofB; j++) expect(products[i * ofB + j]).toBe(entry(a, i, b, j))
        for (let j = 0; j <= i; j++) expect(gram[i * ofA + j]).toBe(entry(a, i, a, j))
      }
    }),
  )
})

test('a symmetric system is solved: what comes out gives the right-hand side', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer(), (size, seed) => {
      const random = stream(Math.abs(seed), 'system')
      const root = Float64Array.from({ length: size * size }, () => random.normal())
      const a = Float64Array.from({ length: size * size }, (_, i) => {
        const [row, column] = [Math.floor(i / size), i % size]
        return dot(root, row * size, root, column * size, size) + (row === column ? 1 : 0)
      })
      const wanted = Float64Array.from({ length: 2 * size }, () => random.normal())
      const right = Float64Array.from(wanted, (_, i) =>
        dot(a, (i % size) * size, wanted, Math.floor(i / size) * size, size),
      )
      solve(a, right, size)
      right.forEach((value, i) => {
        expect(value).toBeCloseTo(at(wanted, i), 8)
      })
    }),
  )
})

describe('a linear classifier in closed form', () => {
  /** The derivative of |x·W - y|² + λ|W|² is zero there: checked by moving each weight. */
  const loss = async (
    { features, labels }: ReturnType<typeof labelled>,
    classes: number,
    move: (weights: Float64Array) => void,
  ) => {
    const { count, dimension, values } = features
    const { weights, mean, bias } = await fitRidge({ features, labels }, classes)
    move(weights)
    let [sum, square] = [0, 0]
    for (let row = 0; row < count; row++)
      for (let c = 0; c < classes; c++) {
        let score = at(bias, c)
        for (let i = 0; i < dimension; i++)
          score += (at(values, row * dimension + i) - at(mean, i)) * at(weights, c * dimension + i)
        sum += (score - (at(labels, row) === c ? 1 : 0)) ** 2
      }
    for (let row = 0; row < count; row++)
      for (let i = 0; i < dimension; i++) square += (at(values, row * dimension + i) - at(mean, i)) ** 2
    const penalty = (0.01 * square) / dimension
    return sum + penalty * weights.reduce((total, weight) => total + weight * weight, 0)
  }

  test.each([
    ['fewer features than images', 12, 4],
    ['more features than images', 5, 8],
  ])('of %s has the least penalised error', async (_, count, dimension) => {
    const given = labelled(count, dimension, 3)
    const least = await loss(given, 3, () => undefined)
    for (let weight = 0; weight < 3 * dimension; weight++)
      for (const step of [-0.01, 0.01])
        expect(
          await loss(given, 3, (weights) => (weights[weight] = at(weights, weight) + step)),
        ).toBeGreaterThan(least)
  })

  test('tells classes that lie apart, of features in any unit', async () => {
    const [train, test] = [labelled(200, 6, 4, 1, 6), labelled(100, 6, 4, 2, 6)]
    const one = linearAccuracy(await fitRidge(train, 4), test)
    expect(one).toBeGreaterThan(0.95)
    const scaled = ({ features, labels }: typeof train) => ({
      features: { ...features, values: features.values.map((value) => 1024 * value) },
      labels,
    })
    expect(linearAccuracy(await fitRidge(scaled(train), 4), scaled(test))).toBe(one)
  })

  test('of features that are all the same names the most frequent class', async () => {
    const features = { count: 4, dimension: 2, values: new Float32Array(8).fill(3) }
    const labels = Uint32Array.from([2, 1, 2, 0])
    const classifier = await fitRidge({ features, labels }, 3)
    expect(linearAccuracy(classifier, { features, labels })).toBe(0.5)
  })
})
