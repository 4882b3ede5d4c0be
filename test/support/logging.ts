import { Tensor, type Log, type Rule, type RuleContext } from '../../src/index.ts'
import { topological } from '../../src/ir/walk.ts'
import { taughtBy, type Taught } from '../../src/lang/taught.ts'
import { isConstant } from '../../src/ops/leaf.ts'
import { isCut } from '../../src/ops/stop.ts'

/** The same rule, which logs something more. */
export const logging = (
  rule: Rule,
  more: (taught: Taught, context: RuleContext) => Readonly<Record<string, Tensor>>,
): Rule => ({
  ...rule,
  teach: (context) => {
    const taught = taughtBy(rule, context.layer, rule.teach(context))
    const log = {
      ...Object.fromEntries(taught.log.map(({ name, value }) => [name, value])),
      ...more(taught, context),
    }
    const { loss, updates } = taught
    if (loss && Object.keys(updates).length === 0) return { loss, log }
    return { updates, log, ...(loss ? { loss } : {}) }
  },
})

/** The same rule without a log. */
export const silent = (rule: Rule): Rule => ({
  ...rule,
  teach: (context) => {
    const { loss, updates } = taughtBy(rule, context.layer, rule.teach(context))
    return loss && Object.keys(updates).length === 0 ? loss : { updates, ...(loss ? { loss } : {}) }
  },
})

const MOST = 90

/** A mean of each of the values of a layer that what is taught is computed from, the last ones where they are many. */
export function everythingInside({ loss, updates }: Taught): Log {
  const taught = [...(loss ? [loss.node] : []), ...Object.values(updates).map(({ node }) => node)]
  const values = topological(taught, isCut).filter(
    (node) => node.dtype.startsWith('float') && !isConstant(node),
  )
  const means = values.slice(-MOST).map((node, i) => [`value${i}`, new Tensor(node).mean()] as const)
  return Object.fromEntries(means)
}
