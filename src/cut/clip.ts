import { within } from '../ir/context.ts'
import { Tensor } from '../lang/tensor.ts'
import type { TaughtParameter } from './taught-parameter.ts'
import type { Optimizer } from '../lang/optimizers/optimizer.ts'

/**
 * Gradients as the optimizer's `clip` leaves them. A norm is taken over what one block is taught: one over several
 * blocks would carry a signal between layers that learn alone.
 */
export function clipped(
  { shared }: Optimizer,
  taught: readonly TaughtParameter[],
): readonly TaughtParameter[] {
  const clip = shared?.clip
  if (!clip || taught.length === 0) return taught
  return within({ scope: 'clip', origin: undefined }, () => {
    if ('value' in clip)
      return taught.map(({ gradient, ...rest }) => ({
        ...rest,
        gradient: new Tensor(gradient).clamp(-clip.value, clip.value).node,
      }))
    const squares = taught.map(({ gradient }) => new Tensor(gradient).square().sum().cast('float64'))
    const length = squares.reduce((sum, square) => sum.add(square)).sqrt()
    // As torch.nn.utils.clip_grad_norm_ has it: a length of zero divides nothing by zero.
    const factor = length.add(1e-6).pow(-1).mul(clip.norm).minimum(1)
    return taught.map(({ gradient, ...rest }) => ({
      ...rest,
      gradient: new Tensor(gradient).mul(factor.cast(gradient.dtype)).node,
    }))
  })
}
