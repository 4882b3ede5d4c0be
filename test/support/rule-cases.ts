import {
  blocks,
  classify,
  conv,
  flatten,
  global,
  layer,
  linear,
  local,
  relu,
  rule,
  type Credit,
  type Layer,
  type Rule,
} from '../../src/index.ts'
import * as rules from '../../rules/index.ts'
import { tinyEncoder, tinyPools } from './programs.ts'

/**
 * Every rule of `rules/`, once per variant that matters. Tests iterate over this list: gradients with pinned stops,
 * fused = per layer, golden graphs, locality. A rule that is exported and not listed here fails a test.
 */
export interface RuleCase {
  readonly name: string
  /** What `rules/index.ts` calls it. */
  readonly exported: string
  readonly rule: Rule<'a' | 'b'>
  readonly credits: readonly CreditName[]
  readonly encoder: () => Layer[]
  /** Whether it returns a loss whose gradient is all it teaches. */
  readonly byLoss: boolean
}

export type CreditName = 'local' | 'blocks' | 'global'

export const giveCredit: Readonly<Record<CreditName, (rule: Rule<'a' | 'b'>) => Credit<'a' | 'b'>>> = {
  local,
  blocks: (rule) => blocks([2, 1], rule),
  global,
}

type Options = Partial<Omit<RuleCase, 'name' | 'exported' | 'rule'>>

const ruleCase = (
  name: string,
  exported: string,
  rule: Rule<'a' | 'b'>,
  { credits = ['local', 'blocks', 'global'], encoder = tinyEncoder, byLoss = true }: Options = {},
): RuleCase => ({ name, exported, rule, credits, encoder, byLoss })

const pool = tinyPools
const {
  clapp,
  clappThreeFactor,
  directFeedbackAlignment,
  feedbackAlignment,
  infoNCE,
  oja,
  softHebb,
  weightTransport,
} = rules

/** A head of class scores, as losses on labels need it. */
const classifier = (): Layer[] => [
  layer('conv1', conv(3), relu()),
  layer('conv2', conv(4, { stride: 2 }), relu()),
  layer('classes', flatten(), linear(3)),
]
const withoutBias = (): Layer[] => [
  layer('conv1', conv(3, { bias: false }), relu()),
  layer('conv2', conv(4, { bias: false }), relu()),
  layer('conv3', conv(3, { bias: false, stride: 2 }), relu()),
]

/** The distance of two views: the shortest loss there is, without parameters. */
const agreement = rule<'a' | 'b'>('agreement', ({ out }) => out.a.sub(out.b).square().mean())

export const ruleCases: readonly RuleCase[] = [
  ruleCase('CLAPP, global average', 'clapp', clapp()),
  ruleCase('CLAPP++', 'clappPlusPlus', rules.clappPlusPlus(pool)),
  ruleCase('CLAPP++DFB', 'clappDirectFeedback', rules.clappDirectFeedback(pool)),
  ruleCase('CLAPP++both', 'clappBoth', rules.clappBoth(pool)),
  ruleCase('CLAPP++, 3 negatives', 'clapp', clapp({ pool, negatives: 3 })),
  ruleCase('hinge on one pool size', 'hinge', clapp({ pool: 2, contrast: rules.hinge() })),
  ruleCase('softhinge', 'softhinge', clapp({ pool, contrast: rules.softhinge() })),
  ruleCase('squared contrast', 'squared', clapp({ pool, contrast: rules.squared(), negatives: 2 })),
  ruleCase('linear contrast', 'linearContrast', clapp({ pool, contrast: rules.linearContrast() })),
  ruleCase('PhyLL', 'phyll', clapp({ contrast: rules.phyll({ theta: 2 }), negatives: 2 })),
  ruleCase('InfoNCE, asymmetric', 'infoNCE', infoNCE({ dimension: 5 })),
  ruleCase('InfoNCE, symmetric', 'infoNCE', infoNCE({ dimension: 5, symmetric: true })),
  ruleCase('CLAPP++ in three factors', 'clappThreeFactor', clappThreeFactor({ pool }), {
    credits: ['local'],
    byLoss: false,
  }),
  ruleCase('Oja', 'oja', oja(), { credits: ['local'], byLoss: false }),
  ruleCase('SoftHebb', 'softHebb', softHebb(), {
    credits: ['local'],
    byLoss: false,
    encoder: withoutBias,
  }),
  ruleCase('feedback alignment', 'feedbackAlignment', feedbackAlignment(infoNCE({ dimension: 5 })), {
    credits: ['global'],
    byLoss: false,
  }),
  ruleCase('weight transport', 'weightTransport', weightTransport(infoNCE({ dimension: 5 })), {
    credits: ['global'],
    byLoss: false,
  }),
  ruleCase('direct feedback alignment', 'directFeedbackAlignment', directFeedbackAlignment(agreement), {
    credits: ['local'],
    byLoss: false,
  }),
  ruleCase(
    'supervised direct feedback alignment',
    'directFeedbackAlignment',
    directFeedbackAlignment(classify()),
    {
      credits: ['local'],
      byLoss: false,
      encoder: classifier,
    },
  ),
]
