import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stream } from '../../runtime/values/random.ts'
import { contrasts, contrastNames, type ContrastName } from '../../theory/contrasts.ts'
import { matrixOf, multiply, norm, semiOrthogonal, type Matrix } from '../../theory/matrix.ts'
import { solveProjection } from '../../theory/solve-projection.ts'
import type { ProjectionLoss } from '../../theory/projection-loss.ts'

/** The projection at the optimum of its loss: by hand where it can be, and by what an optimum is elsewhere. */

const column = (...values: number[]): Matrix => matrixOf(values.length, 1, (i) => values[i] ?? 0)

const f: Readonly<Record<ContrastName, (score: number) => number>> = {
  softhinge: (score) => Math.log1p(Math.exp(1 - score)),
  squared: (score) => (1 - score) ** 2,
}

/** The loss as written: mean of f(z⁺ B c) + f(-z⁻ B c), plus decay/2 |B|². */
function lossAt(
  { positive, negative, reference, decay }: ProjectionLoss,
  name: ContrastName,
  b: Matrix,
): number {
  const score = (z: Matrix, r: number) => {
    let sum = 0
    for (let i = 0; i < b.rows; i++)
      for (let j = 0; j < b.columns; j++)
        sum +=
          (z.data[r * b.rows + i] ?? 0) *
          (b.data[i * b.columns + j] ?? 0) *
          (reference.data[r * b.columns + j] ?? 0)
    return sum
  }
  const terms = Array.from(
    { length: reference.rows },
    (_, r) => f[name](score(positive, r)) + f[name](-score(negative, r)),
  )
  return terms.reduce((sum, term) => sum + term, 0) / terms.length + (decay / 2) * norm(b.data) ** 2
}

const randomLoss = (
  { seed, features, references, rows }: Record<'seed' | 'features' | 'references' | 'rows', number>,
  name: ContrastName,
  decay: number,
): ProjectionLoss => {
  const random = stream(seed, 'loss')
  const normal = (columns: number) => matrixOf(rows, columns, () => random.normal())
  return {
    positive: normal(features),
    negative: normal(features),
    reference: normal(references),
    contrast: contrasts[name],
    decay,
  }
}

describe('solved by hand', () => {
  test('the squared contrast of two rows with one feature', () => {
    // (1 - 2b)² + (1 + b)² + (1 - 2b)² + (1 - 2b)²: 13 b = 5
    const loss = { positive: column(2, 1), negative: column(1, -1), reference: column(1, 2), decay: 0 }
    const { projection } = solveProjection({ ...loss, contrast: contrasts.squared })
    expect(projection.data[0]).toBeCloseTo(5 / 13, 14)
  })

  test('the squared contrast of two rows with weight decay', () => {
    // Half of the sum above, as it is a mean, plus decay/2 · b²: (13 + decay) b = 5
    const loss = { positive: column(2, 1), negative: column(1, -1), reference: column(1, 2), decay: 7 }
    const { projection } = solveProjection({ ...loss, contrast: contrasts.squared })
    expect(projection.data[0]).toBeCloseTo(5 / 20, 14)
  })

  test('the softhinge of four rows with one feature', () => {
    // 3 log(1 + e^(1-b)) + log(1 + e^(1+b)), and u = e^b: u² - 2e u - 3 = 0
    const loss = {
      positive: column(1, 1, 1, -1),
      negative: column(0, 0, 0, 0),
      reference: column(1, 1, 1, 1),
    }
    const { projection } = solveProjection({ ...loss, contrast: contrasts.softhinge, decay: 0 })
    expect(projection.data[0]).toBeCloseTo(Math.log(Math.E + Math.sqrt(Math.E ** 2 + 3)), 14)
  })
})

describe.each(contrastNames)('%s', (name) => {
  test('no direction leads down from the solution', () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.nat(),
          features: fc.integer({ min: 1, max: 4 }),
          references: fc.integer({ min: 1, max: 4 }),
          rows: fc.integer({ min: 150, max: 200 }),
        }),
        fc.constantFrom(0, 0.1),
        (shape, decay) => {
          const loss = randomLoss(shape, name, decay)
          const { projection, residual } = solveProjection(loss)
          expect(residual).toBeLessThan(1e-12)
          const least = lossAt(loss, name, projection)
          projection.data.forEach((value, i) => {
            for (const step of [1e-3, -1e-3]) {
              const moved = { ...projection, data: projection.data.slice() }
              moved.data[i] = value + step
              expect(lossAt(loss, name, moved)).toBeGreaterThan(least)
            }
          })
        },
      ),
      { numRuns: 20 },
    )
  })
})

test('positives and negatives that a projection separates have no best projection under the softhinge', () => {
  const loss = { positive: column(1, 2), negative: column(-1, -2), reference: column(1, 1), decay: 0 }
  expect(() => solveProjection({ ...loss, contrast: contrasts.softhinge })).toThrow(
    /no (best projection|projection is best)/,
  )
})

test('activity that does not fill its space has many best projections, which is refused', () => {
  const [left, right] = [semiOrthogonal(2, 5, stream(1, 'left')), semiOrthogonal(2, 4, stream(1, 'right'))]
  const full = randomLoss({ seed: 2, features: 2, references: 2, rows: 100 }, 'squared', 0)
  const [positive, negative] = [multiply(full.positive, left), multiply(full.negative, left)]
  const refusal = 'activity does not fill its space'
  expect(() => solveProjection({ ...full, positive, negative })).toThrow(refusal)
  expect(() => solveProjection({ ...full, reference: multiply(full.reference, right) })).toThrow(refusal)
})
