import type { Origin } from '../error.ts'
import { captureOrigin } from './origin.ts'

/**
 * What every node made now is labelled with: the scope names it (`conv3.clapp`), the origin is the user's
 * line. Layers and gradients set the origin of the code they stand for; elsewhere the call stack tells it.
 */
interface Context {
  readonly scope: string
  readonly origin?: Origin | undefined
}

let current: Context = { scope: '' }

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
export const currentOrigin = (): Origin | undefined => current.origin ?? captureOrigin()
