import { check, rule, type Rule } from 'hebb'
import { alongWeights, meanPerUnit } from './units.ts'

/**
 * Oja's rule (*A simplified neuron model as a principal component analyzer*, J. Math. Biol. 1982, eq. 3):
 *
 *     Δw_j = y_j (x - y_j w_j)
 *
 * averaged over rows, and over positions of a convolution, whose patches are the x. y is the activity before the
 * nonlinearity. Each unit finds the first principal component of its input on its own, and its weights a length
 * of 1; nothing keeps units apart. Biases do not learn. The loss shown is -y² on average.
 */
export function oja(...extra: readonly undefined[]): Rule {
  check.nothingMore('oja', extra)
  return rule(
    'oja',
    ({ preactivation, weight, correlate }) => {
      const y = preactivation.rows
      const samples = y.shape.reduce((count, size) => count * size, 1) / y.size(1)
      const power = meanPerUnit(y.square())
      const decay = weight.mul(alongWeights(power, weight))
      return {
        updates: { weight: correlate(y).div(samples).sub(decay) },
        loss: power.mean().neg().stopGradient(),
      }
    },
    { locality: ['pre', 'post'] },
  )
}
