import { UserError } from '../base/error.ts'
import { labelOf, like } from '../ir/context.ts'
import { sameShape, type Shape } from '../base/type.ts'
import { topological } from '../ir/walk.ts'
import { add } from '../ops/elementwise.ts'
import { filled } from '../ops/leaf.ts'
import { sum } from '../ops/reduce.ts'
import { reshape } from '../ops/shape.ts'
import { isStop } from '../ops/stop.ts'
import type { Node } from '../ir/node.ts'

/**
 * Reverse mode: the gradient of a scalar with respect to each of `parameters`, in their order. Only paths that
 * lead to a parameter are differentiated; parameters that the loss does not reach get zeros.
 *
 * @throws UserError ('GradientError') where a path crosses an op without a gradient; it names the user's line.
 */
export function gradients(loss: Node, parameters: readonly Node[]): Node[] {
  if (loss.shape.length > 0)
    throw new UserError(
      'GradientError',
      `a loss must be one number, this one has shape [${loss.shape.join(', ')}]`,
      {
        origin: loss.origin,
        help: 'reduce it: .mean() or .sum()',
      },
    )
  return pullback(loss, filled(loss.dtype, [], 1), parameters)
}

/**
 * The vector-Jacobian product: how much each of `targets` changes the sum of `result · upstream`. `upstream` has
 * the shape of the result. A target that is a stop of gradients itself counts; what lies behind it does not.
 */
export function pullback(result: Node, upstream: Node, targets: readonly Node[]): Node[] {
  const wanted = new Set(targets)
  const order = topological([result], isStop)
  const relevant = leadingTo(order, wanted)
  const arrived = new Map<Node, Node>()
  if (relevant.has(result)) arrived.set(result, upstream)

  for (const node of order.toReversed()) {
    const upstream = arrived.get(node)
    if (!upstream || !reaches(node, relevant)) continue
    like({ ...node, derivativeOf: labelOf(node) }, () => {
      const rules = node.op.gradient?.(node, upstream)
      node.inputs.forEach((input, position) => {
        if (!relevant.has(input)) return
        if (!rules) throw notDifferentiable(node)
        const partial = rules[position]?.()
        if (!partial) return
        const gradient = unbroadcast(partial, input.shape)
        const sofar = arrived.get(input)
        arrived.set(input, sofar ? add(sofar, gradient) : gradient)
      })
    })
  }
  return targets.map((target) => arrived.get(target) ?? filled(target.dtype, target.shape, 0))
}

const reaches = (node: Node, relevant: ReadonlySet<Node>): boolean =>
  !isStop(node) && node.inputs.some((input) => relevant.has(input))

/** Nodes of `order` from which some target is reached without crossing a stop. */
function leadingTo(order: readonly Node[], targets: ReadonlySet<Node>): Set<Node> {
  const relevant = new Set<Node>()
  for (const node of order) if (targets.has(node) || reaches(node, relevant)) relevant.add(node)
  return relevant
}

/** Sums a gradient over the axes along which its value was broadcast. */
function unbroadcast(gradient: Node, shape: Shape): Node {
  if (sameShape(gradient.shape, shape)) return gradient
  const extra = gradient.shape.length - shape.length
  const axes = gradient.shape.flatMap((size, axis) =>
    axis < extra || (shape[axis - extra] === 1 && size !== 1) ? [axis] : [],
  )
  return reshape(sum(gradient, axes), shape)
}

const notDifferentiable = ({ op, origin, scope }: Node): UserError =>
  new UserError(
    'GradientError',
    `${op.name}${scope === '' ? '' : ` in ${scope}`} has no gradient, but a parameter is reached through it`,
    {
      origin,
      help: 'put .stopGradient() after it if none is wanted',
    },
  )
