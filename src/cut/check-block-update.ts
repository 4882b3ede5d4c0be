import { UserError } from '../base/error.ts'
import { teaches } from '../grad/teaches.ts'
import type { Node } from '../ir/node.ts'
import type { Registry, TracedParameter } from './registry.ts'
import type { TracedLayer } from './trace-layer.ts'

/**
 * The parameters that a block's loss teaches, but for those that explicit updates teach.
 *
 * @throws UserError ('LocalityError') where one of them belongs to another block, or where there is none.
 */
export function checkBlockUpdate(
  loss: Node,
  members: readonly TracedLayer[],
  registry: Registry,
  explicit: ReadonlySet<TracedParameter>,
): TracedParameter[] {
  const taught = new Set(teaches(loss))
  const own = members.map(({ name }) => name)
  const place = own.length === 1 ? `'${own[0] ?? ''}'` : `the block ${own.join(', ')}`
  const found = registry.parameters.filter(
    (parameter) => taught.has(parameter.node) && !explicit.has(parameter),
  )
  const foreign = found.filter(({ layer }) => !own.includes(layer))
  if (foreign.length > 0)
    throw new UserError(
      'LocalityError',
      `the loss of ${place} also teaches ${foreign.map(({ name }) => name).join(', ')}`,
      {
        origin: loss.origin,
        help: 'stop the gradient on what it reads of another layer: .stopGradient()',
      },
    )
  if (found.length === 0 && explicit.size === 0)
    throw new UserError('LocalityError', `the loss of ${place} teaches no parameter`, {
      origin: loss.origin,
      help: 'a gradient must reach out.*; is there a stopGradient() too many?',
    })
  return found
}
