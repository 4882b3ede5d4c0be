import type { Origin } from '../base/error.ts'
import { captureCaller, captureOrigin } from './origin.ts'
import type { Label, Node } from './node.ts'

/**
 * What every node made now is labelled with. The scope names it (`conv3.clapp`). The origin is the user's
 * line: while a user's function runs, the `caller` on the stack; for layers, where the layer was written; for
 * the compiler's own nodes there is none, so that graphs do not depend on who called the compiler.
 */
interface Context extends Label {
  readonly origin: Origin | 'caller' | undefined
  /** The line that mistakes are told of where nodes have none. */
  readonly blame: Origin | undefined
}

let current: Context = {
  ...{ scope: '', layer: undefined, derivativeOf: undefined },
  ...{ origin: 'caller', blame: undefined },
}

/** Labels what `body` makes. A scope is one of no layer and no gradient, where nothing else is said. */
export function within<T>(context: Partial<Context>, body: () => T): T {
  const fresh = context.scope === undefined ? {} : { layer: undefined, derivativeOf: undefined }
  return inContext({ ...current, ...fresh, ...context }, body)
}

/** Labels what `body` makes as a node is. */
export const like = <T>(
  { scope, layer, derivativeOf, origin }: Label & Pick<Node, 'origin'>,
  body: () => T,
): T => inContext({ scope, layer, derivativeOf, origin, blame: current.blame }, body)

function inContext<T>(context: Context, body: () => T): T {
  const outer = current
  current = context
  try {
    return body()
  } finally {
    current = outer
  }
}

export const labelOf = ({ scope, layer, derivativeOf }: Label): Label => ({ scope, layer, derivativeOf })
export const currentLabel = (): Label => labelOf(current)
/** For a factory that is not the compiler's, such as a rule's: the line that called it. */
export const callerOrigin = (): Origin | undefined =>
  current.origin === 'caller' ? captureCaller() : current.origin

export const currentOrigin = (): Origin | undefined =>
  current.origin === 'caller' ? captureOrigin() : current.origin
/** The line to name in an error. */
export const blamedOrigin = (): Origin | undefined => currentOrigin() ?? current.blame
