import { rule } from 'hebb'

/** Δw_j = y_j (x - y_j w_j), averaged over rows and positions (Oja 1982). */
export const oja = () =>
  rule('oja', ({ preactivation, weight, correlate }) => {
    const y = preactivation.rows // [rows, units], or [rows, units, height, width]
    const places = y.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]))
    const samples = places.reduce((count, axis) => count * y.size(axis), 1)
    const perUnit = [y.size(1), ...weight.shape.slice(1).map(() => 1)]
    const decay = weight.mul(
      y
        .square()
        .mean(...places)
        .reshape(...perUnit),
    )
    return { updates: { weight: correlate(y).div(samples).sub(decay) } }
  })
