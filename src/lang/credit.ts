import { UserError, type Origin } from '../base/error.ts'
import { blamedOrigin, currentOrigin } from '../ir/context.ts'
import { argument, nothingMore, options as checked, type Checks } from './check.ts'
import { callback, count, label, inOrder, list, shaped, signals } from './kinds.ts'
import { aRule, type Rule } from './rule.ts'
import { shown } from '../base/show.ts'
import type { SignalKind } from '../bundle/signals.ts'

/** Who is taught by whose loss: the encoder is divided into blocks, and gradients stay inside a block. */
export interface Credit<View extends string = string> {
  /** For tables: `local`, `global`, `blocks(2, 1)`. */
  readonly name: string
  /** What teaches each block. */
  readonly rule: Rule<View>
  /** Sizes of the blocks from the input to the top, for an encoder of this many layers. */
  readonly blocks: (layers: number) => readonly number[]
  /** Signals that layers may read beyond those that the rule declares. */
  readonly allow: readonly SignalKind[]
  /** The program's line. */
  readonly origin: Origin | undefined
}

/** What `local` and `blocks` take beside the rule. */
export interface CreditOptions {
  /**
   * Signals that the updates of this program may read beyond those that the rule declares: `['statistics']` for an
   * encoder with batch normalisation, say.
   */
  readonly allow?: readonly SignalKind[]
}

const sizesOfBlocks = list(count, 'sizes of blocks', 1)
const creditChecks: Checks<CreditOptions> = { allow: signals.optional() }
const allowedBy = (options: CreditOptions): readonly SignalKind[] =>
  inOrder(checked('credit', creditChecks, options).allow ?? [])

/** What `learn` may be. */
export const aCredit = shaped<Credit>(
  (given) =>
    aRule.safeParse(given).success
      ? 'the rule to one who teaches: local(rule), or global(rule) for backpropagation'
      : 'who is taught by whose loss: local(rule), global(rule) or blocks([2, 2], rule)',
  { name: label(), rule: aRule, blocks: callback<Credit['blocks']>('a function'), allow: signals },
)

function ruleFor<View extends string>(what: string, rule: Rule<View>): Rule<View> {
  argument<unknown>(what, 'rule', aRule, rule)
  return rule
}

/** Every layer learns by its own loss; no gradient crosses a layer. */
export function local<View extends string>(
  rule: Rule<View>,
  options: CreditOptions = {},
  ...extra: readonly undefined[]
): Credit<View> {
  nothingMore('local', extra)
  return {
    name: 'local',
    rule: ruleFor('local', rule),
    blocks: (layers) => Array.from({ length: layers }, () => 1),
    allow: allowedBy(options),
    origin: currentOrigin(),
  }
}

/** Backpropagation: one loss at the top, gradients through the whole encoder. */
export function global<View extends string>(rule: Rule<View>, ...extra: readonly undefined[]): Credit<View> {
  nothingMore('global', extra)
  return {
    name: 'global',
    rule: ruleFor('global', rule),
    blocks: (layers) => [layers],
    allow: [],
    origin: currentOrigin(),
  }
}

/** Between the two: blocks of these sizes, each taught by the loss at its top. */
export function blocks<View extends string>(
  sizes: readonly number[],
  rule: Rule<View>,
  options: CreditOptions = {},
  ...extra: readonly undefined[]
): Credit<View> {
  nothingMore('blocks', extra)
  const origin = currentOrigin()
  const given = argument('blocks', 'sizes', sizesOfBlocks, sizes)
  ruleFor('blocks', rule)
  return {
    name: `blocks(${given.join(', ')})`,
    rule,
    allow: allowedBy(options),
    origin,
    blocks: () => given,
  }
}

/**
 * The blocks of an encoder of this many layers. The credit may be of the user's own making: what it returns is checked.
 *
 * @throws UserError ('ProgramError') where the sizes do not add up to all layers.
 */
export function blockSizes({ name, blocks, origin }: Credit, layers: number): readonly number[] {
  const sizes = argument(`credit ${shown(name)}`, 'its list of blocks', sizesOfBlocks, blocks(layers), {
    origin: origin ?? blamedOrigin(),
  })
  if (sizes.reduce((sum, size) => sum + size, 0) === layers) return sizes
  throw new UserError(
    'ProgramError',
    `blocks of [${sizes.join(', ')}] layers do not make up an encoder of ${layers}`,
    { origin, help: `give sizes that add up to ${layers}` },
  )
}
