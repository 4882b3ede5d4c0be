import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { currentOrigin, within } from '../ir/context.ts'
import { isCalledByUser } from '../ir/origin.ts'
import { argument, nothingMore } from './check.ts'
import { callback, label, shaped } from './kinds.ts'
import { returned } from './returned.ts'
import { shown } from '../base/show.ts'
import type { Origin } from '../base/error.ts'
import type { LayerScope } from './layer-scope.ts'
import type { Tensor } from './tensor.ts'

const ownFile = fileURLToPath(import.meta.url)

/** One step of a layer: plain data and how it acts on [rows, …] activity. */
export interface Module {
  /** As in a paper's table: `conv(128, 3×3)`. */
  readonly summary: string
  /** The program's line. */
  readonly origin: Origin | undefined
  /** Activity [rows, …] to activity [rows, …]; parameters and the like come from the scope. */
  readonly apply: (x: Tensor, scope: LayerScope) => Tensor
}

/** That of a residual has all modules inside. */
const LONGEST_SUMMARY = 10_000

const aFunction = callback<Module['apply']>(
  'a function of the activity and of what the layer offers: (x, { parameter }) => x.mul(x)',
)

/**
 * Makes a module, a step of a layer: `module('square', (x) => x.mul(x))`. `apply` takes activity [rows, …] to activity
 * [rows, …]; what it may ask the layer for, parameters among them, is its second argument. It is traced, several times:
 * in training, for features, and whenever a rule applies the layer again, and asks for the same each time.
 *
 * Mistakes in `apply` are told by its own lines; those in modules of Hebb, by the program's line that lists them.
 *
 * @param summary what tables call it, such as `conv(128, 3×3)`
 * @throws UserError ('ProgramError') where the summary is no name, or `apply` no function.
 */
export function module(
  summary: string,
  apply: (x: Tensor, scope: LayerScope) => Tensor,
  ...extra: readonly undefined[]
): Module {
  const origin = currentOrigin()
  nothingMore('module', extra)
  argument('module', 'summary', label(LONGEST_SUMMARY), summary)
  const checked = argument<Module['apply']>('module', 'apply', aFunction, apply)
  if (isCalledByUser(ownFile)) return { summary, origin, apply: checked }
  return { summary, origin, apply: (x, scope) => within({ origin }, () => checked(x, scope)) }
}

/**
 * One after the other.
 *
 * @throws UserError ('ProgramError') where a module, which may be the user's, returns something else than a tensor.
 */
export const applyModules = (modules: readonly Module[], x: Tensor, scope: LayerScope): Tensor =>
  modules.reduce(
    (y, module) =>
      returned(`module ${shown(module.summary)}`, module.apply(y, scope), { origin: module.origin }),
    x,
  )

export const aModule = shaped<Module>('a module, such as relu()', {
  summary: z.string(),
  apply: callback<Module['apply']>('a function'),
})
