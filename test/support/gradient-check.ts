import { topological } from '../../src/ir/walk.ts'
import { isStop } from '../../src/ops/stop.ts'
import { gradients } from '../../src/grad/reverse.ts'
import { compileNodes } from './evaluate.ts'
import { relativeError } from './samples.ts'
import type { Node } from '../../src/ir/node.ts'

/** Steps of the sweep: a kink spoils a large step, rounding a small one; the best of them counts. */
const STEPS = [1e-3, 1e-4, 1e-5, 1e-6]

/**
 * Largest relative error of a loss' gradients against central differences in float64. Every stop of gradients
 * is pinned to its value at the base point, for that is what a stop means: a constant. Each element takes the
 * step of the sweep that agrees best.
 */
export async function gradientError(
  loss: Node,
  parameters: readonly Node[],
  base: ReadonlyMap<Node, ArrayLike<number>>,
): Promise<number> {
  const stops = topological([loss]).filter(isStop)
  const leaves = [...base.keys()]
  const analytic = await (await compileNodes([...gradients(loss, parameters), ...stops], leaves))(base)
  const pinned = new Map(base)
  stops.forEach((stop, i) => pinned.set(stop, analytic[parameters.length + i] ?? []))
  const lossOf = await compileNodes([loss], [...leaves, ...stops])
  const lossAt = async (parameter: Node, values: Float64Array) => {
    const [result] = await lossOf(new Map([...pinned, [parameter, values]]))
    return result?.[0] ?? NaN
  }

  if (analytic.slice(0, parameters.length).every((gradient) => gradient.every((g) => g === 0)))
    throw new Error('every gradient is zero: the check would be empty')

  let worst = 0
  for (const [i, parameter] of parameters.entries()) {
    const exact = analytic[i] ?? new Float64Array()
    const values = Float64Array.from(base.get(parameter) ?? [])
    const scale = exact.reduce((most, g) => Math.max(most, Math.abs(g)), 0)
    const enough = Math.min(1e-9 * (1 + scale), 1e-7 * scale)
    const numeric = new Float64Array(values.length)
    for (let element = 0; element < values.length; element++) {
      const [at, wanted] = [values[element] ?? 0, exact[element] ?? NaN]
      let best = Infinity
      for (const step of STEPS) {
        values[element] = at + step
        const above = await lossAt(parameter, values)
        values[element] = at - step
        const below = await lossAt(parameter, values)
        const estimate = (above - below) / (2 * step)
        if (Math.abs(estimate - wanted) < best) {
          best = Math.abs(estimate - wanted)
          numeric[element] = estimate
        }
        if (best <= enough) break
      }
      values[element] = at
    }
    worst = Math.max(worst, relativeError(exact, numeric))
  }
  return worst
}
