import { argument } from '../lang/check.ts'
import { callback } from '../lang/kinds.ts'
import { tensorFor } from '../lang/tensor.ts'
import type { Connection } from '../lang/layer-scope.ts'

const applying = callback<Connection['apply']>('a function of the input and the weights')

/**
 * A connection as a module, which may be the user's, told it.
 *
 * @throws UserError where one of its parts is missing or not what it may be.
 */
export function checkedConnection(layer: string, connection: Connection): Connection {
  const what = `connect of layer '${layer}'`
  const { weight, bias, pre, preactivation, apply } = connection
  for (const [name, tensor] of Object.entries({ weight, pre, preactivation })) tensorFor(what, name, tensor)
  if (bias !== undefined) tensorFor(what, 'bias', bias)
  argument(what, 'apply', applying, apply)
  return connection
}
