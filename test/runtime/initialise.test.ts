import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { initialise } from '../../runtime/values/initialise.ts'
import { UserError } from '../../src/base/error.ts'
import type { Initializer, Parameter } from '../../src/bundle/schema/values.ts'

const parameter = (init: Initializer, shape: number[], rest: Partial<Parameter> = {}): Parameter => ({
  name: 'conv1.weight',
  layer: 'conv1',
  type: 'float64',
  shape,
  init,
  ...rest,
})
const values = (described: Parameter, seed = 1): number[] => [...initialise(described, seed).data].map(Number)

/** Largest deviation from the identity of V Vᵀ, for `count` vectors taken from `at`. */
const deviation = (count: number, length: number, at: (vector: number, index: number) => number): number => {
  let largest = 0
  for (let a = 0; a < count; a++) {
    for (let b = 0; b <= a; b++) {
      let product = 0
      for (let index = 0; index < length; index++) product += at(a, index) * at(b, index)
      largest = Math.max(largest, Math.abs(product - (a === b ? 1 : 0)))
    }
  }
  return largest
}

describe('a parameter starts', () => {
  it('constant', () => {
    expect(values(parameter({ kind: 'constant', value: 0.5 }, [2, 2]))).toEqual([0.5, 0.5, 0.5, 0.5])
  })

  it('uniform in [-bound, bound]', () => {
    const drawn = values(parameter({ kind: 'uniform', bound: 0.25 }, [100, 100]))
    expect(Math.max(...drawn)).toBeLessThanOrEqual(0.25)
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(-0.25)
    const variance = drawn.reduce((sum, value) => sum + value ** 2, 0) / drawn.length
    expect(variance / (0.25 ** 2 / 3)).toBeCloseTo(1, 1)
  })

  it('normal with the standard deviation asked for', () => {
    const drawn = values(parameter({ kind: 'normal', std: 3 }, [20_000]))
    const variance = drawn.reduce((sum, value) => sum + value ** 2, 0) / drawn.length
    expect(variance / 9).toBeCloseTo(1, 1)
  })

  it('orthogonal: rows orthonormal to 1e-12, or columns where there are more rows', () => {
    const size = fc.integer({ min: 1, max: 20 })
    fc.assert(
      fc.property(size, size, size, fc.integer(), (rows, channels, kernel, seed) => {
        const columns = channels * kernel
        const drawn = values(parameter({ kind: 'orthogonal', gain: 1 }, [rows, channels, kernel, 1]), seed)
        const at = (row: number, column: number) => drawn[row * columns + column] ?? NaN
        const worst =
          rows <= columns
            ? deviation(rows, columns, at)
            : deviation(columns, rows, (column, row) => at(row, column))
        expect(worst).toBeLessThan(1e-12)
      }),
      { numRuns: 40 },
    )
  })

  it('orthogonal also at a size where one projection would lose digits', () => {
    const drawn = values(parameter({ kind: 'orthogonal', gain: 1 }, [200, 200]))
    expect(deviation(200, 200, (row, column) => drawn[row * 200 + column] ?? NaN)).toBeLessThan(1e-12)
  })

  it('orthogonal times gain', () => {
    const of = (gain: number) => values(parameter({ kind: 'orthogonal', gain }, [3, 5]))
    expect(of(2)).toEqual(of(1).map((value) => 2 * value))
  })

  it('orthogonal with no preferred sign', () => {
    const corners = Array.from({ length: 400 }, (_, seed) =>
      values(parameter({ kind: 'orthogonal', gain: 1 }, [2, 2]), seed),
    )
    for (const index of [0, 1, 2, 3]) {
      const positive = corners.filter((matrix) => (matrix[index] ?? 0) > 0).length
      expect(Math.abs(positive - 200)).toBeLessThan(60)
    }
  })

  it('as an identity matrix times gain, whichever side is longer', () => {
    expect(values(parameter({ kind: 'identity', gain: 2 }, [2, 3]))).toEqual([2, 0, 0, 0, 2, 0])
    expect(values(parameter({ kind: 'identity', gain: 1 }, [3, 2]))).toEqual([1, 0, 0, 1, 0, 0])
  })

  it('as a convolution that passes its input on: the identity at the centre of the kernel', () => {
    const drawn = values(parameter({ kind: 'identity', gain: 1 }, [2, 2, 3, 3]))
    expect(drawn.flatMap((value, index) => (value === 0 ? [] : [index]))).toEqual([4, 27 + 4])
    expect(drawn.filter((value) => value === 1).length).toBe(2)
  })

  it('as an identity only where it is a matrix or a kernel', () => {
    expect(() => initialise(parameter({ kind: 'identity', gain: 1 }, [4]), 1)).toThrow(UserError)
  })

  const drawn: Initializer[] = [
    { kind: 'uniform', bound: 1 },
    { kind: 'normal', std: 1 },
    { kind: 'orthogonal', gain: 1 },
  ]
  it.each(drawn)('from a stream of its own name and seed: $kind', (init) => {
    const start = values(parameter(init, [4, 4]))
    expect(values(parameter(init, [4, 4], { layer: 'elsewhere' }))).toEqual(start)
    expect(values(parameter(init, [4, 4], { name: 'conv2.weight' }))).not.toEqual(start)
    expect(values(parameter(init, [4, 4]), 2)).not.toEqual(start)
  })

  it.each(drawn)('in float32 as the rounded float64 values: $kind', (init) => {
    const single = initialise(parameter(init, [4, 9], { type: 'float32' }), 1)
    expect(single.data).toEqual(Float32Array.from(values(parameter(init, [4, 9]))))
    expect(single.type).toBe('float32')
  })

  it('only as float32 or float64; another type is said in words', () => {
    const half = parameter({ kind: 'constant', value: 0 }, [1], { type: 'float16' })
    expect(() => initialise(half, 1)).toThrow("parameter 'conv1.weight' is float16")
  })

  it('with no elements at all, if its shape says so', () => {
    expect(values(parameter({ kind: 'orthogonal', gain: 1 }, [0, 3]))).toEqual([])
  })
})
