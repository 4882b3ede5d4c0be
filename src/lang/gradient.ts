import { pullback } from '../grad/reverse.ts'
import { UserError } from '../base/error.ts'
import { currentOrigin } from '../ir/context.ts'
import { sameShape } from '../base/type.ts'
import { filled } from '../ops/leaf.ts'
import { Tensor, tensorFor } from './tensor.ts'

/**
 * The gradient of `result` with respect to `of`, a tensor of its shape: PyTorch's `autograd.grad`. A result of
 * more than one number needs `upstream`, the gradient that arrives at it, in the result's shape. `of` may itself
 * be a constant to other gradients (the top layer's activity, say); what lies behind it is not entered. The
 * gradient can be differentiated again.
 *
 * @throws UserError ('GradientError') where `upstream` is missing or has another shape.
 */
export function gradient(result: Tensor, of: Tensor, upstream?: Tensor): Tensor {
  tensorFor('gradient', 'result', result)
  tensorFor('gradient', 'of', of)
  if (upstream !== undefined) tensorFor('gradient', 'upstream', upstream)
  const fail = (problem: string) =>
    new UserError('GradientError', problem, {
      origin: currentOrigin(),
      help: `give what arrives at it, [${result.shape.join(', ')}], as the third argument, or reduce it: .sum()`,
    })
  if (!upstream && result.shape.length > 0)
    throw fail(`the gradient of [${result.shape.join(', ')}], which is not one number`)
  if (upstream && !sameShape(upstream.shape, result.shape))
    throw fail(`upstream is [${upstream.shape.join(', ')}]`)
  const [slope] = pullback(result.node, upstream?.node ?? filled(result.dtype, [], 1), [of.node])
  return new Tensor(slope ?? of.node)
}
