import { UserError } from '../base/error.ts'
import { currentOrigin } from '../ir/context.ts'
import { sameShape, showType, type Type } from '../base/type.ts'
import { shown } from '../base/show.ts'
import { Tensor } from './tensor.ts'
import type { Blame } from './check.ts'

/** What is likely wrong with a function of the user's that returned this. */
export function whyNot(value: unknown): string {
  if (value === undefined) return 'is a return missing?'
  if (value instanceof Promise) return 'it is traced once, not awaited: write it without async and await'
  if (typeof value === 'function') return 'is a call missing? A function is called with (…)'
  if (shown(value) === 'a Tensor') return "it comes from another copy of hebb: import all from 'hebb'"
  return 'compute with tensors and return one'
}

/**
 * What a function of the user's returned: a tensor, and one of this type where one is asked for.
 *
 * @throws UserError ('ProgramError' unless said otherwise) where it is none.
 */
export function returned(what: string, value: unknown, blame: Blame = {}, like?: Type): Tensor {
  const origin = blame.origin ?? currentOrigin()
  const kind = blame.kind ?? 'ProgramError'
  if (!(value instanceof Tensor))
    throw new UserError(kind, `${what} returned ${shown(value)}, not a tensor`, {
      origin,
      help: whyNot(value),
    })
  if (like && (value.dtype !== like.dtype || !sameShape(value.shape, like.shape)))
    throw new UserError(kind, `${what} returned ${showType(value.node)}, not ${showType(like)}`, {
      origin: value.node.origin ?? origin,
      help: 'it must keep shape and type: reshape it, or .cast() it',
    })
  return value
}
