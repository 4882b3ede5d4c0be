import { UserError } from '../../base/error.ts'
import { currentOrigin } from '../../ir/context.ts'
import { nothingMore, options as checked, type Checks } from '../check.ts'
import { decay, flag, fraction } from '../kinds.ts'
import { where } from '../tensor.ts'
import { decayed } from './decay.ts'
import { builtIn, type Optimizer } from './optimizer.ts'
import { sharedChecks, type SharedOptions } from './settings.ts'

/** What `sgd` takes. */
export interface SgdOptions extends SharedOptions {
  /** What is kept of the buffer in each step; default 0: none is kept. */
  readonly momentum?: number
  /** What the buffer takes less of each gradient but the first, from 0 to 1; default 0. */
  readonly dampening?: number
  /** Whether the momentum looks one step ahead, as PyTorch's; default false. */
  readonly nesterov?: boolean
}

const sgdChecks: Checks<SgdOptions> = {
  ...sharedChecks,
  momentum: decay.optional(),
  dampening: fraction.optional(),
  nesterov: flag.optional(),
}

/** torch.optim.SGD: decay is added to the gradient; buffer = momentum · buffer + (1 - dampening) · gradient. */
export function sgd(options: SgdOptions, ...extra: readonly undefined[]): Optimizer {
  nothingMore('sgd', extra)
  const given = checked('sgd', sgdChecks, options)
  const { momentum = 0, dampening = 0, nesterov = false, ...shared } = given
  const { weightDecay = 0 } = shared
  const refuse = (problem: string, help: string) =>
    new UserError('ProgramError', problem, { origin: currentOrigin(), help })
  if (nesterov && momentum === 0)
    throw refuse('nesterov needs momentum', 'add momentum: 0.9, or leave nesterov out')
  if (nesterov && dampening > 0)
    throw refuse('nesterov has no dampening', 'leave dampening or nesterov out, as with torch.optim.SGD')
  if (momentum === 0 && dampening > 0)
    throw refuse('dampening needs momentum', 'add momentum: 0.9, or leave dampening out')
  const settings = { momentum, weightDecay, nesterov, ...(dampening === 0 ? {} : { dampening }) }
  if (momentum === 0)
    return builtIn('sgd', {
      ...shared,
      settings,
      update: ({ parameter, gradient, rate, weightDecay }) => ({
        parameter: parameter.sub(decayed(parameter, gradient, weightDecay).mul(rate.cast(parameter.dtype))),
      }),
    })
  return builtIn('sgd', {
    ...shared,
    settings,
    states: ['momentum_buffer'],
    update: ({ parameter, gradient, states, rate, step, weightDecay }) => {
      const lr = rate.cast(parameter.dtype)
      const slope = decayed(parameter, gradient, weightDecay)
      // The first gradient is taken whole, as PyTorch does.
      const share = () => where(step.eq(1), 1, rate.mul(0).add(1 - dampening)).cast(parameter.dtype)
      const taken = dampening === 0 ? slope : slope.mul(share())
      const moved = states.momentum_buffer.mul(momentum).add(taken)
      const direction = nesterov ? slope.add(moved.mul(momentum)) : moved
      return { parameter: parameter.sub(direction.mul(lr)), states: { momentum_buffer: moved } }
    },
  })
}
