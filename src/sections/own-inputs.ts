import { UserError } from '../base/error.ts'
import { topological } from '../ir/walk.ts'
import { isInput } from '../ops/leaf.ts'
import type { GraphSource } from '../ir/graph.ts'

/**
 * Holds a graph to what it is given. A function of the user's that keeps a tensor for its next call, or for another
 * function, would read the parameters of a layer where it was traced for training, say, in the graph of the features.
 *
 * @throws UserError ('TraceError') at the line that reads what belongs elsewhere.
 */
export function requireOwnInputs({
  name,
  inputs,
  outputs,
}: Pick<GraphSource, 'name' | 'inputs' | 'outputs'>): void {
  const given = new Set(inputs.map(({ node }) => node))
  const order = topological(
    outputs.map(({ node }) => node),
    (node) => given.has(node),
  )
  const foreign = order.find((node) => isInput(node) && !given.has(node))
  if (!foreign || !isInput(foreign)) return
  const reader = order.find((node) => node.origin && node.inputs.includes(foreign))
  throw new UserError(
    'TraceError',
    `graph '${name}' reads '${foreign.attributes.name}' by a tensor that was kept from another call`,
    {
      origin: reader?.origin ?? foreign.origin,
      help: 'a tensor is good for the call that it was given to: ask for it each time, and keep none in a variable outside',
    },
  )
}
