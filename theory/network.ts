import { matrixOf, multiply, semiOrthogonal, zeros, type Matrix } from './matrix.ts'
import type { Stream } from '../runtime/values/random.ts'
import type { HostTensor } from '../runtime/values/tensor.ts'

/** A layer of a linear network: its weights as its graph takes them, and as a matrix on flattened activity. */
export interface LinearLayer {
  readonly weight: HostTensor
  /** [features out, features in]. */
  readonly matrix: Matrix
}

const tensor = (shape: readonly number[], data: Float64Array): HostTensor => ({
  type: 'float64',
  shape,
  data,
})

export const denseLayer = (matrix: Matrix): LinearLayer => ({
  weight: tensor([matrix.rows, matrix.columns], matrix.data),
  matrix,
})

/**
 * A convolution that keeps the size of its maps (zeros beyond the border).
 *
 * @param kernel weights by output channel, input channel, row and column, as offsets from the centre
 */
export function convLayer(
  { out, inputs, side, size }: { out: number; inputs: number; side: number; size: number },
  kernel: (out: number, input: number, down: number, right: number) => number,
): LinearLayer {
  const reach = (side - 1) / 2
  const taps = matrixOf(out * inputs, side * side, (pair, tap) =>
    kernel(Math.floor(pair / inputs), pair % inputs, Math.floor(tap / side) - reach, (tap % side) - reach),
  )
  const area = size * size
  const matrix = matrixOf(out * area, inputs * area, (to, from) => {
    const [down, right] = [
      Math.floor((from % area) / size) - Math.floor((to % area) / size),
      (from % size) - (to % size),
    ]
    if (Math.abs(down) > reach || Math.abs(right) > reach) return 0
    const pair = Math.floor(to / area) * inputs + Math.floor(from / area)
    return taps.data[pair * side * side + (down + reach) * side + right + reach] ?? 0
  })
  return { weight: tensor([out, inputs, side, side], taps.data), matrix }
}

/** Means over side × side tiles of square maps, [channels × (size / side)², channels × size²]. */
export const poolMatrix = (channels: number, size: number, side: number): Matrix => {
  const [area, across] = [size * size, size / side]
  return matrixOf(channels * across * across, channels * area, (to, from) => {
    const [row, column] = [Math.floor((from % area) / size), from % size]
    const tile = Math.floor(row / side) * across + Math.floor(column / side)
    return to === Math.floor(from / area) * across * across + tile ? 1 / (side * side) : 0
  })
}

/** Square weights with singular values from 1 / stretch to stretch, evenly spread on a log scale. */
export function spreadOrthogonal(size: number, stretch: number, random: Stream): Matrix {
  const [left, right] = [semiOrthogonal(size, size, random), semiOrthogonal(size, size, random)]
  const values = zeros(size, size)
  for (let i = 0; i < size; i++) values.data[i * (size + 1)] = stretch ** ((2 * i) / (size - 1) - 1)
  return multiply(multiply(left, values), right)
}
