import { UserError } from '../src/base/error.ts'
import { zip } from '../src/base/lists.ts'
import { aCredit } from '../src/lang/credit.ts'
import { aRule } from '../src/lang/rule.ts'
import { argument } from '../src/lang/check.ts'
import { either } from '../src/lang/kinds.ts'
import { compileNodes } from './compile-nodes.ts'
import { inFloat64 } from './in-float64.ts'
import { ownName } from './own-name.ts'
import { traceProgram } from './trace-program.ts'
import type { Credit } from '../src/lang/credit.ts'
import type { Program, Rule } from '../src/index.ts'

/** How a parameter moves: the direction that the optimizer is given, ΔW, in float64. */
export interface Movement {
  readonly name: string
  readonly layer: string
  /** Its name without layer and rule: `weight`, `projection`. */
  readonly own: string
  readonly change: Float64Array
  /** Whether the rule gives it itself, in place of a loss. */
  readonly isExplicit: boolean
}

export const aRuleOrCredit = either<Rule | Credit>(
  'a rule, such as clapp(), or a rule with its credit, such as global(clapp())',
  aRule,
  aCredit,
)

/** The same program with another rule, under the program's own credit unless it comes with one of its own. */
export function taughtBy(what: string, program: Program, other: Rule | Credit): Program {
  const given = argument(what, 'rule', aRuleOrCredit, other)
  const credit = 'rule' in given ? given : { ...program.learn, rule: given }
  // Parameters are drawn by their names, and a rule's own have the rule's in theirs: both must start alike.
  return { ...program, learn: { ...credit, rule: { ...credit.rule, name: program.learn.rule.name } } }
}

/** All that a program moves in its first step on random images, in the order in which it is taught. */
export async function movements(program: Program, trial: number): Promise<Movement[]> {
  const { traced, feeds } = traceProgram(inFloat64(program), trial)
  const taught = traced.blockUpdates.flatMap((blockUpdate) => blockUpdate.taught)
  const evaluate = await compileNodes(
    taught.map(({ gradient }) => gradient),
    [...feeds.keys()],
  )
  const values = await evaluate(feeds)
  const { rule } = program.learn
  return zip(taught, values).map(([{ parameter, isExplicit }, slope]) => {
    const { name, layer } = parameter
    if (!slope.every(Number.isFinite))
      throw new UserError('RuleError', `the update of ${name} is not finite, on random images`, {
        origin: rule.origin,
        help: 'is something divided by zero?',
      })
    return {
      name,
      layer,
      own: ownName(parameter, rule.name),
      change: slope.map((value) => -value),
      isExplicit,
    }
  })
}
