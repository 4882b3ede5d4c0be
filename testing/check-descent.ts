import { UserError } from '../src/base/error.ts'
import { options as checked, type Checks } from '../src/lang/check.ts'
import { count } from '../src/lang/kinds.ts'
import { requireProgram } from '../src/lang/program.ts'
import { aRuleOrCredit, movements, taughtBy } from './movements.ts'
import { inner, norm } from './numbers.ts'
import type { Credit } from '../src/lang/credit.ts'
import type { Program, Rule } from '../src/index.ts'

/** What `checkDescent` takes beside the program. */
export interface DescentCheckOptions {
  /** A rule that returns the loss, under the program's own credit; or with another: `global(clapp())`. */
  readonly of: Rule | Credit
  /** Images in the batch; default the program's, but 4 at most. */
  readonly batch?: number
  /** Times that it is tried, each with other parameters, images and draws; default 4. */
  readonly trials?: number
}

const checks: Checks<DescentCheckOptions> = {
  of: aRuleOrCredit,
  batch: count.optional(),
  trials: count.optional(),
}

/**
 * Whether the updates of a program's rule descend a loss: for each layer the cosine of the angle between its update ΔW,
 * over all its parameters together, and the negative gradient of the loss; the smallest over layers and trials. Above 0
 * a small step of plain `sgd` lowers the loss. In float64, on random images; both get the same parameters and draws. A
 * layer in which the loss has no gradient, or which does not move, counts as 0.
 *
 * @throws UserError ('RuleError') where the rule of the loss gives explicit updates: they are no gradient.
 */
export async function checkDescent(program: Program, options: DescentCheckOptions): Promise<number> {
  requireProgram('checkDescent', program)
  const { of, batch = Math.min(program.batch, 4), trials = 4 } = checked('checkDescent', checks, options)
  const descending = taughtBy('checkDescent', program, of)
  const cosines: number[] = []
  for (let trial = 0; trial < trials; trial++) {
    const moved = await movements({ ...program, batch }, trial)
    const slopes = await movements({ ...descending, batch }, trial)
    const explicit = slopes.find(({ isExplicit }) => isExplicit)
    if (explicit)
      throw new UserError('RuleError', `${explicit.name} has an explicit update here, and no gradient`, {
        origin: 'rule' in of ? of.rule.origin : of.origin,
        help: 'give a rule that returns a loss alone: checkDescent(program, { of: loss })',
      })
    const down = new Map(slopes.map(({ name, change }) => [name, change]))
    for (const { name } of program.encoder) {
      const [own, theirs] = [moved, slopes].map((all) => all.filter(({ layer }) => layer === name)) as [
        typeof moved,
        typeof slopes,
      ]
      const product = sum(
        own.map((each) => {
          const slope = down.get(each.name)
          return slope ? inner(each.change, slope) : 0
        }),
      )
      const lengths = [own, theirs].map((all) => Math.hypot(...all.map(({ change }) => norm(change))))
      const scale = lengths.reduce((a, b) => a * b)
      if (own.length + theirs.length > 0) cosines.push(scale === 0 ? 0 : product / scale)
    }
  }
  return Math.min(...cosines)
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
