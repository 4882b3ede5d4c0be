import { UserError } from '../base/error.ts'
import { isFloat } from '../base/dtype.ts'
import { showType } from '../base/type.ts'
import { didYouMean } from '../base/near-names.ts'
import { returned, whyNot } from './returned.ts'
import { logOf, type Logged } from './log.ts'
import { isRecord, shown, shownText } from '../base/show.ts'
import { Tensor } from './tensor.ts'
import type { Rule } from './rule.ts'

/** What a rule taught: a loss, explicit updates, or both; and what it shows. */
export interface Taught {
  readonly loss: Tensor | undefined
  readonly updates: Readonly<Record<string, Tensor>>
  readonly log: readonly Logged[]
}

const parts = ['updates', 'loss', 'log']

/**
 * What a rule returned, which may be anything: its types are not checked when it runs.
 *
 * @throws UserError ('RuleError') that says what it returned and what to return.
 */
export function taughtBy({ name, origin }: Rule, layer: string, result: unknown): Taught {
  const where = `the rule '${shownText(name)}' at '${layer}'`
  const fail = (problem: string, help: string, details: readonly string[] = []) =>
    new UserError('RuleError', `${where} ${problem}`, { origin, details, help })
  if (result instanceof Tensor) return { loss: lossOf(result), updates: {}, log: [] }
  if (!isRecord(result))
    throw fail(
      `returned ${result === undefined ? 'nothing' : shown(result)}`,
      'a rule returns a loss, one number such as out.rows.square().mean(), or { updates: { weight: … } }',
      [whyNot(result)],
    )
  const unknown = Object.keys(result).find((part) => !parts.includes(part))
  if (unknown !== undefined)
    throw fail(
      `returned '${shownText(unknown)}', which nothing reads`,
      `${didYouMean(shownText(unknown), parts)} It returns a loss, { loss, log }, or { updates } with or without them`,
    )
  if (result.updates === undefined && result.loss === undefined)
    throw fail(
      `returned ${shown(result)} without a loss or updates`,
      `${result.log === undefined ? '' : 'a log teaches nothing: '}return a loss, { loss, log } or { updates: { weight: … } }`,
    )
  const inRule = { kind: 'RuleError' as const, origin }
  const loss =
    result.loss === undefined ? undefined : lossOf(returned(`${where}, as its loss,`, result.loss, inRule))
  return { loss, updates: updatesOf(result.updates), log: logOf(result.log, where, origin) }

  function updatesOf(updates: unknown): Taught['updates'] {
    if (updates === undefined) return {}
    if (!isRecord(updates))
      throw fail(`returned updates that are ${shown(updates)}`, 'give a tensor per parameter: { weight: … }')
    const named = Object.entries(updates).map(([parameter, change]) => {
      const what = `${where}, as the update of '${shownText(parameter)}',`
      return [parameter, returned(what, change, inRule)] as const
    })
    return Object.fromEntries(named)
  }

  function lossOf(loss: Tensor): Tensor {
    const wrong = (problem: string, help: string) =>
      new UserError(
        'RuleError',
        `the loss of '${shownText(name)}' at '${layer}' is ${showType(loss.node)}, ${problem}`,
        {
          origin: loss.node.origin ?? origin,
          help,
        },
      )
    if (loss.shape.length > 0) throw wrong('not one number', 'reduce it: .mean()')
    if (!isFloat(loss.dtype))
      throw wrong('which has no gradient', 'keep it a float: leave out comparisons and casts, or use where()')
    return loss
  }
}
