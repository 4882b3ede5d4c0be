import { constant } from '../../ops/leaf.ts'
import { concat, Tensor } from '../tensor.ts'
import { mixed, type Adjustment } from './adjust.ts'

/**
 * Adjustments of images, and between them the turn of the hue, in an order of its own for each row, all equally likely.
 *
 * A graph does the same for all rows. Each adjustment mixes pixels, their luminance and its mean, so one step does
 * whichever is a row's turn, and none where the factors are 1 and 0. The hue, which costs most, is turned once: of n
 * adjustments there are n such steps before it and n after it, and a row takes each adjustment on one side.
 *
 * @param turned turns the hue; left out where it has no turn
 * @param draw uniform numbers [rows] that choose the orders
 */
export function shuffled(
  images: Tensor,
  adjustments: readonly Adjustment[],
  turned: ((x: Tensor) => Tensor) | undefined,
  draw: Tensor,
): Tensor {
  const n = adjustments.length
  const rows = draw.size(0)
  const orders = permutations(n + (turned ? 1 : 0))
  const steps = turned ? 2 * n : n
  const table = new Tensor(
    constant(
      'float32',
      [orders.length, steps * n],
      orders.flatMap((order) => takes(order, n)),
    ),
  )
  const taken = table.rows(draw.mul(orders.length).floor().cast('int64')).reshape(rows, steps, n)
  const excess = concat(
    adjustments.map(({ factor }) => factor.sub(1).reshape(rows, 1, 1)),
    2,
  )
  /** What factors differ from 1 by, where it is an adjustment's turn, and else 0: [rows, steps, n]. */
  const added = taken.mul(excess)
  const pixels = added.sum(2).add(1)
  const place = (name: Adjustment['name']) => adjustments.findIndex((each) => each.name === name)
  const rest = (name: Adjustment['name'], step: number) => {
    const i = place(name)
    return i < 0
      ? undefined
      : added
          .slice(1, step, step + 1)
          .slice(2, i, i + 1)
          .reshape(rows)
          .neg()
  }
  let x = images
  for (let step = 0; step < steps; step++) {
    if (turned && step === n) x = turned(x)
    x = mixed(x, {
      pixels: pixels.slice(1, step, step + 1).reshape(rows),
      luminance: rest('saturation', step),
      mean: rest('contrast', step),
    })
  }
  return x
}

/** All orders of 0 … n - 1. */
function permutations(n: number): readonly (readonly number[])[] {
  if (n === 0) return [[]]
  return permutations(n - 1).flatMap((order) =>
    Array.from({ length: n }, (_, place) => order.toSpliced(place, 0, n - 1)),
  )
}

/** For each step, and in it for each of `n` adjustments, 1 where it is its turn; number `n` is the hue. */
function takes(order: readonly number[], n: number): number[] {
  const hue = order.indexOf(n)
  const adjustments = order.filter((which) => which !== n)
  const steps = adjustments.map((which, place) => ({
    which,
    step: hue >= 0 && place >= hue ? n + place : place,
  }))
  const taken = new Array<number>((hue >= 0 ? 2 * n : n) * n).fill(0)
  for (const { which, step } of steps) taken[step * n + which] = 1
  return taken
}
