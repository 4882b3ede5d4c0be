import { UserError } from '../src/base/error.ts'
import type { Rule } from '../src/lang/rule.ts'

/**
 * Holds a check of gradients to saying what it did not check.
 *
 * @param names of parameters with explicit updates, in full and as the rule calls them
 * @throws UserError ('RuleError') where explicit updates are not named, or what is named has none.
 */
export function requireAcknowledged(
  names: ReadonlyMap<string, string>,
  rule: Rule,
  notChecked: readonly string[],
): void {
  const missed = [...names].filter(([full, own]) => !notChecked.includes(full) && !notChecked.includes(own))
  if (missed.length > 0) {
    const own = [...new Set(names.values())]
    throw new UserError(
      'RuleError',
      `'${rule.name}' moves ${listed(missed.map(([full]) => full))} by explicit updates, which no gradient is compared with`,
      {
        origin: rule.origin,
        help:
          'check them by checkUpdate(program, { like: otherRule }) or checkDescent(program, { of: loss }), and name them here: ' +
          `checkGradient(program, { notChecked: [${own.map((name) => `'${name}'`).join(', ')}] })`,
      },
    )
  }
  const known = new Set([...names].flat())
  const extra = notChecked.find((name) => !known.has(name))
  if (extra !== undefined)
    throw new UserError('RuleError', `'${rule.name}' gives no explicit update of '${extra}'`, {
      origin: rule.origin,
      help:
        known.size === 0
          ? 'leave notChecked out: all that it teaches is checked'
          : `it gives those of ${[...names.keys()].join(', ')}`,
    })
}

const listed = (names: readonly string[]): string =>
  names.length <= 6 ? names.join(', ') : `${names.slice(0, 6).join(', ')} and ${names.length - 6} more`
