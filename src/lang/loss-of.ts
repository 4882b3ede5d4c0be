import { currentOrigin } from '../ir/context.ts'
import { UserError } from '../base/error.ts'
import { argument } from './check.ts'
import { aRule, type Rule, type RuleContext } from './rule.ts'
import { shownText } from '../base/show.ts'
import { taughtBy } from './taught.ts'
import type { LoggedLoss } from './lesson.ts'

/**
 * The loss of a rule made elsewhere, for a rule that is made of it; with what the rule logs, each number by the name of the
 * rule and its own, `vicreg.variance`, so that the logs of several rules can be one:
 *
 *     rule<'a' | 'b'>('sum', (context) => {
 *       const [one, other] = [lossOf(clapp(), context), lossOf(vicreg(), context)]
 *       return { loss: one.loss.add(other.loss), log: { ...one.log, ...other.log } }
 *     })
 *
 * @throws UserError ('RuleError') where the rule gives explicit updates, or has no loss.
 */
export function lossOf<View extends string>(
  rule: Rule<View>,
  context: RuleContext<View>,
): Required<LoggedLoss> {
  argument<unknown>('lossOf', 'rule', aRule, rule)
  const { loss, updates, log } = taughtBy(rule, context.layer, rule.teach(context))
  const { name } = rule
  if (loss && Object.keys(updates).length === 0) {
    const named = log.map((each) => [`${name}.${each.name}`, each.value] as const)
    return { loss, log: Object.fromEntries(named) }
  }
  const problem = loss ? 'gives explicit updates, and its loss alone is wanted' : 'has no loss'
  throw new UserError('RuleError', `'${shownText(name)}' ${problem}`, {
    origin: currentOrigin(),
    help: 'give a rule that returns one number, such as classify()',
  })
}
