import type { Tensor } from 'hebb'

/** Axes of activity [rows, units, …] other than that of the units: rows and positions. */
const others = (activity: Tensor): number[] => activity.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]))

/** Sum over rows and positions, [units]: what a bias receives of a signal. */
export const sumPerUnit = (signal: Tensor): Tensor => signal.sum(...others(signal))

/** Mean over rows and positions, [units]. */
export const meanPerUnit = (signal: Tensor): Tensor => signal.mean(...others(signal))

/** One number per unit, [units], made to broadcast against weights [units, …]. */
export const alongWeights = (values: Tensor, weight: Tensor): Tensor =>
  values.reshape(values.size(0), ...weight.shape.slice(1).map(() => 1))
