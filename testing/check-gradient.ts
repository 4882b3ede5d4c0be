import { UserError } from '../src/base/error.ts'
import { teaches } from '../src/grad/teaches.ts'
import { gradientError } from './gradient-error.ts'
import { traceProgram } from './trace-program.ts'
import type { Program } from '../src/index.ts'

export interface GradientCheckOptions {
  /** Images in the batch; default the program's, but 4 at most. */
  readonly batch?: number
  /** Numbers of each parameter that are moved, the one of the largest gradient among them; default 12. */
  readonly elements?: number
}

/**
 * How far the gradients of a program's losses are from the truth: the largest relative error against central
 * differences, over all layers and the parameters that they teach, in float64 at the start of a run on random images.
 * What a rule does not differentiate (`stopGradient`, other layers' activity) is held at its value, as the rule
 * means it. Below 1e-6 a gradient is right.
 *
 * @throws UserError ('RuleError') where the rule returns explicit updates and no loss: there is no gradient to check.
 */
export async function checkGradient(
  program: Program,
  { batch = Math.min(program.batch, 4), elements = 12 }: GradientCheckOptions = {},
): Promise<number> {
  const { traced, feeds } = traceProgram({ ...program, batch, dtype: 'float64' })
  const errors: number[] = []
  for (const { loss, taught } of traced.blockUpdates) {
    if (!loss) continue
    const reached = new Set(teaches(loss))
    const parameters = taught.map(({ parameter }) => parameter.node).filter((node) => reached.has(node))
    if (parameters.length > 0) errors.push(await gradientError(loss, parameters, feeds, { elements }))
  }
  if (errors.length > 0) return Math.max(...errors)
  const { rule } = program.learn
  throw new UserError(
    'RuleError',
    `'${rule.name}' has no loss that teaches, so there is no gradient to check`,
    {
      origin: rule.origin,
      help: 'compare its explicit updates with those that you expect',
    },
  )
}
