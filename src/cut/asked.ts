import { argument, type Blame } from '../lang/check.ts'
import { identifier, shape } from '../lang/kinds.ts'
import type { Shape } from '../base/type.ts'

/** What rules and modules ask the compiler for, checked: names and shapes of parameters, states and draws. */

const inRule: Blame = { kind: 'RuleError' }
/** @throws UserError ('RuleError') where a name is none. */
export const nameFor = (what: string, name: string): string =>
  argument(what, 'name', identifier, name, inRule)

/** @throws UserError ('RuleError') where a size is no whole number, or 0. */
export const shapeFor = (what: string, sizes: Shape): Shape => argument(what, 'shape', shape, sizes, inRule)
