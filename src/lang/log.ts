import { UserError, type Origin } from '../base/error.ts'
import { isFloat } from '../base/dtype.ts'
import { showType } from '../base/type.ts'
import { label } from './kinds.ts'
import { returned } from './returned.ts'
import { isRecord, shown, shownText } from '../base/show.ts'
import type { Tensor } from './tensor.ts'

/** A number that a rule shows. */
export interface Logged {
  readonly name: string
  /** A float, one number. */
  readonly value: Tensor
}

/** The loss has its own place, in every table. */
const RESERVED = 'loss'
const names = label()
/** A line of metrics has them all, of every layer. */
const MOST = 100

/**
 * What a rule returned as its log, which may be anything.
 *
 * @param where `the rule 'mine' at 'conv1'`
 * @throws UserError ('RuleError') where it is not tensors of one number by names that can be shown.
 */
export function logOf(log: unknown, where: string, origin: Origin | undefined): Logged[] {
  const fail = (problem: string, help: string, at = origin) =>
    new UserError('RuleError', `${where} ${problem}`, { origin: at, help })
  if (log === undefined) return []
  if (!isRecord(log))
    throw fail(`returned a log that is ${shown(log)}`, 'give named numbers: { similarity: … }')
  const entries = Object.entries(log)
  if (entries.length > MOST)
    throw fail(`logs ${entries.length} numbers`, `log at most ${MOST} a layer: they are shown at every step`)
  return entries.map(([name, value]): Logged => {
    const named = names.safeParse(name)
    if (!named.success)
      throw fail(
        `logs a number called '${shownText(name)}'`,
        `give it ${named.error.issues[0]?.message ?? 'a name'}`,
      )
    if (name === RESERVED)
      throw fail(`logs '${RESERVED}', which is what it learns from`, 'leave it out: the loss is shown anyway')
    const tensor = returned(`${where}, as '${shownText(name)}' of its log,`, value, {
      kind: 'RuleError',
      origin,
    })
    if (tensor.shape.length > 0)
      throw fail(
        `logs '${shownText(name)}', which is ${showType(tensor.node)}, not one number`,
        'reduce it: .mean()',
        tensor.node.origin ?? origin,
      )
    return { name, value: isFloat(tensor.dtype) ? tensor : tensor.cast('float32') }
  })
}
