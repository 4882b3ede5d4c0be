import { UserError } from '../src/base/error.ts'
import { topological } from '../src/ir/walk.ts'
import { isStop } from '../src/ops/stop.ts'
import { gradients } from '../src/grad/reverse.ts'
import { stream } from '../runtime/values/random.ts'
import { compileNodes } from './compile-nodes.ts'
import { relativeError } from './numbers.ts'
import type { Node } from '../src/ir/node.ts'

/**
 * Steps of the sweep: a kink spoils a large step, rounding a small one; the best of them counts. The one that is most
 * often good enough comes first: the cube root of the precision.
 */
const STEPS = [1e-5, 1e-4, 1e-6, 1e-3]

/**
 * Largest relative error of a loss' gradients against central differences in float64. Every stop of gradients
 * is pinned to its value at the base point, for that is what a stop means: a constant. Each element takes the
 * step of the sweep that agrees best.
 *
 * With `elements`, so many of each parameter are checked, the one of the largest gradient first, then others as drawn
 * once and for all; those so close to a kink (of a ReLU, say) that no two steps agree on a slope are passed over.
 */
export async function gradientError(
  loss: Node,
  parameters: readonly Node[],
  base: ReadonlyMap<Node, ArrayLike<number>>,
  { elements = Infinity } = {},
): Promise<number> {
  const stops = topological([loss]).filter(isStop)
  const leaves = [...base.keys()]
  const analytic = await (await compileNodes([...gradients(loss, parameters), ...stops], leaves))(base)
  const pinned = new Map(base)
  stops.forEach((stop, i) => pinned.set(stop, analytic[parameters.length + i] ?? []))
  const lossOf = await compileNodes([loss], [...leaves, ...stops], pinned)
  const lossAt = async (parameter: Node, values: Float64Array) => {
    const [result] = await lossOf(new Map([[parameter, values]]))
    return result?.[0] ?? NaN
  }

  if (analytic.slice(0, parameters.length).every((gradient) => gradient.every((g) => g === 0)))
    throw new UserError('RuleError', 'every gradient is zero: the check would be empty', {
      origin: loss.origin,
    })

  let worst = 0
  for (const [i, parameter] of parameters.entries()) {
    const exact = analytic[i] ?? new Float64Array()
    const values = Float64Array.from(base.get(parameter) ?? [])
    const scale = exact.reduce((most, g) => Math.max(most, Math.abs(g)), 0)
    const slopes: { wanted: number; numeric: number }[] = []
    for (const element of order(exact, elements)) {
      if (slopes.length === elements) break
      const [at, wanted] = [values[element] ?? 0, exact[element] ?? NaN]
      const moved = (by: number) => lossAt(parameter, values.with(element, at + by))
      const { best, isSmooth } = await sweep(moved, wanted, scale)
      if (isSmooth || elements === Infinity) slopes.push({ wanted, numeric: best })
    }
    if (slopes.length === 0)
      throw new UserError('RuleError', 'a kink is close to every element: nothing could be checked', {
        origin: loss.origin,
      })
    const error = relativeError(
      slopes.map(({ wanted }) => wanted),
      slopes.map(({ numeric }) => numeric),
    )
    worst = Math.max(worst, error)
  }
  return worst
}

/** The slope that agrees best with the one wanted, and whether steps agree on any. */
async function sweep(moved: (by: number) => Promise<number>, wanted: number, scale: number) {
  const found: { step: number; estimate: number }[] = []
  const distance = (estimate: number) => Math.abs(estimate - wanted)
  for (const step of STEPS) {
    const [above, below] = [await moved(step), await moved(-step)]
    const estimate = (above - below) / (2 * step)
    if (distance(estimate) <= 1e-8 * scale) return { best: estimate, isSmooth: true }
    found.push({ step, estimate })
  }
  const estimates = found.sort((a, b) => b.step - a.step).map(({ estimate }) => estimate)
  const best = estimates.reduce((a, b) => (distance(b) < distance(a) ? b : a))
  // What is not a number agrees with all, so that it counts, and as an error.
  const agree = (a: number, b = NaN) => !(Math.abs(a - b) > 1e-6 * scale)
  const isSmooth = estimates.some((each, i) => i > 0 && agree(each, estimates[i - 1]))
  return { best, isSmooth }
}

/** Elements of a gradient, by index, as they are checked. */
function order(gradient: Float64Array, count: number): number[] {
  const all = Array.from(gradient.keys())
  if (count >= all.length) return all
  const size = (i: number) => Math.abs(gradient[i] ?? 0)
  const largest = all.reduce((best, i) => (size(i) > size(best) ? i : best), 0)
  const drawn = Array.from(stream(0, 'elements').shuffle(Uint32Array.from(all)))
  return [largest, ...drawn.filter((i) => i !== largest)]
}
