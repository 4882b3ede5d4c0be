import { UserError } from '../base/error.ts'
import { isFloat } from '../base/dtype.ts'
import { showType } from '../base/type.ts'
import { didYouMean } from '../base/near-names.ts'
import { returned, whyNot } from '../lang/returned.ts'
import { shown, shownText } from '../lang/show.ts'
import { Tensor } from '../lang/tensor.ts'
import type { Rule } from '../lang/rule.ts'

/** What a rule taught: a loss, explicit updates, or both. */
export interface Taught {
  readonly loss: Tensor | undefined
  readonly updates: Readonly<Record<string, Tensor>>
}

const parts = ['updates', 'loss']

/**
 * What a rule returned, which may be anything: its types are not checked when it runs.
 *
 * @throws UserError ('RuleError') that says what it returned and what to return.
 */
export function taughtBy({ name, origin }: Rule, layer: string, result: unknown): Taught {
  const where = `the rule '${shownText(name)}' at '${layer}'`
  const fail = (problem: string, help: string, details: readonly string[] = []) =>
    new UserError('RuleError', `${where} ${problem}`, { origin, details, help })
  if (result instanceof Tensor) return { loss: lossOf(result), updates: {} }
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
      `${didYouMean(shownText(unknown), parts)} It returns a loss, or { updates } with or without { loss }`,
    )
  if (result.updates === undefined)
    throw fail(
      `returned ${shown(result)} without updates`,
      result.loss === undefined
        ? 'return a loss, or { updates: { weight: … } }'
        : 'return the loss itself: its gradient teaches the layer',
    )
  if (!isRecord(result.updates))
    throw fail(
      `returned updates that are ${shown(result.updates)}`,
      'give a tensor per parameter: { weight: … }',
    )
  const updates = Object.entries(result.updates).map(
    ([parameter, change]) =>
      [
        parameter,
        returned(`${where}, as the update of '${shownText(parameter)}',`, change, {
          kind: 'RuleError',
          origin,
        }),
      ] as const,
  )
  return {
    loss:
      result.loss === undefined
        ? undefined
        : lossOf(returned(`${where}, as its loss,`, result.loss, { kind: 'RuleError', origin })),
    updates: Object.fromEntries(updates),
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

/** A plain object; a list, a promise or a tensor is none. */
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' &&
  value !== null &&
  (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)
