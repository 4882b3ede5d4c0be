import { UserError } from '../src/base/error.ts'
import { options as checked, type Checks } from '../src/lang/check.ts'
import { count, list, text } from '../src/lang/kinds.ts'
import { requireAcknowledged } from './acknowledged.ts'
import { gradientsOf } from './gradients.ts'
import { requireProgram } from '../src/lang/program.ts'
import type { Program } from '../src/index.ts'

/** What `checkGradient` takes beside the program. */
export interface GradientCheckOptions {
  /** Images in the batch; default the program's, but 4 at most. */
  readonly batch?: number
  /** Numbers of each parameter that are moved, the one of the largest gradient among them; default 12. */
  readonly elements?: number
  /**
   * The parameters that the rule moves by explicit updates, which no gradient is compared with here: `['weight']` for
   * those of all layers, or `['conv1.weight']`. All of them must be named, and no others. Default: there are none.
   */
  readonly notChecked?: readonly string[]
}

const checks: Checks<GradientCheckOptions> = {
  batch: count.optional(),
  elements: count.optional(),
  notChecked: list(text, 'names of parameters').optional(),
}

/**
 * How far the gradients of a program's losses are from the truth: the largest relative error against central
 * differences, over all layers and the parameters that they teach, in float64 at the start of a run on random images.
 * What a rule does not differentiate (`stopGradient`, other layers' activity) is held at its value, as the rule
 * means it. Below 1e-6 a gradient is right.
 *
 * Explicit updates are compared with nothing here: `checkUpdate` and `checkDescent` are for them, and `notChecked` says
 * that you know of them.
 *
 * @throws UserError ('RuleError') where there are explicit updates that `notChecked` does not name, and where no loss
 * teaches: there is no gradient to check.
 */
export async function checkGradient(program: Program, options: GradientCheckOptions = {}): Promise<number> {
  requireProgram('checkGradient', program)
  const {
    batch = Math.min(program.batch, 4),
    elements = 12,
    notChecked = [],
  } = checked('checkGradient', checks, options)
  const { worstError, explicit } = gradientsOf(program, batch)
  if (!worstError) throw withoutLoss(program)
  requireAcknowledged(explicit, program.learn.rule, notChecked)
  return worstError(elements)
}

const withoutLoss = ({ learn: { rule } }: Program): UserError =>
  new UserError('RuleError', `'${rule.name}' has no loss that teaches, so there is no gradient to check`, {
    origin: rule.origin,
    help: 'compare its explicit updates: checkUpdate(program, { like: otherRule }), checkDescent(program, { of: loss })',
  })
