import type { Origin } from '../base/error.ts'
import { captureOrigin } from './origin.ts'

/**
 * What every node made now is labelled with. The scope names it (`conv3.clapp`). The origin is the user's
 * line: while a user's function runs, the `caller` on the stack; for layers, where the layer was written; for
 * the compiler's own nodes there is none, so that graphs do not depend on who called the compiler.
 */
interface Context {
  readonly scope: string
  readonly origin: Origin | 'caller' | undefined
  /** The line that mistakes are told of where nodes have none. */
  readonly blame: Origin | undefined
}

let current: Context = { scope: '', origin: 'caller', blame: undefined }

export function within<T>(context: Partial<Context>, body: () => T): T {
  const outer = current
  current = { ...outer, ...context }
  try {
    return body()
  } finally {
    current = outer
  }
}

export const currentScope = (): string => current.scope
/**
 * For a factory that is not the compiler's, such as a rule's: the line that called it, which is the first in another
 * file than the factory's; its own line where there is none.
 */
export function callerOrigin(): Origin | undefined {
  const inner = currentOrigin()
  return current.origin === 'caller' && inner ? (captureOrigin(inner.file) ?? inner) : inner
}

export const currentOrigin = (): Origin | undefined =>
  current.origin === 'caller' ? captureOrigin() : current.origin
/** The line to name in an error. */
export const blamedOrigin = (): Origin | undefined => currentOrigin() ?? current.blame
