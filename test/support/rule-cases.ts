import {
  blocks,
  classify,
  conv,
  flatten,
  global,
  layer,
  lengthNorm,
  linear,
  local,
  maxPool,
  patches,
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
  readonly rule: Rule
  readonly views: readonly string[]
  readonly credits: readonly CreditName[]
  readonly encoder: () => Layer[]
  /** Whether it returns a loss whose gradient is all it teaches. */
  readonly byLoss: boolean
}

export type CreditName = 'local' | 'blocks' | 'global'

export const giveCredit: Readonly<Record<CreditName, (rule: Rule) => Credit>> = {
  local,
  blocks: (rule) => blocks([2, 1], rule),
  global,
}

type Options = Partial<Omit<RuleCase, 'name' | 'exported' | 'rule'>>

const ruleCase = (
  name: string,
  exported: string,
  rule: Rule,
  {
    views = ['a', 'b'],
    credits = ['local', 'blocks', 'global'],
    encoder = tinyEncoder,
    byLoss = true,
  }: Options = {},
): RuleCase => ({ name, exported, rule, views, credits, encoder, byLoss })

const pool = tinyPools
const {
  clapp,
  clappThreeFactor,
  directFeedbackAlignment,
  feedbackAlignment,
  forwardForward,
  infoNCE,
  ntXent,
  barlowTwins,
  vicreg,
  lpl,
  byol,
  simSiam,
  clapp2021,
  cpc,
  oja,
  phyll,
  scff,
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

/** As Forward-Forward wants it: no layer sees how long the activity below is. */
const normalised = (): Layer[] => [
  layer('conv1', conv(3), relu(), maxPool(2)),
  layer('conv2', lengthNorm(), conv(4), relu()),
  layer('dense', flatten(), lengthNorm(), linear(5), relu()),
]
const signed = { views: ['positive', 'negative'], encoder: normalised }
/** Patches of 4×4 pixels on a grid of 3×3: two steps down. */
const patchwise = (): Layer[] => [
  layer('conv1', patches(4, 2), conv(3), relu()),
  layer('conv2', conv(4), relu(), maxPool(2)),
  layer('conv3', conv(3), relu()),
]

/** The distance of two views: the shortest loss there is, without parameters. */
const agreement = rule<'a' | 'b'>('agreement', ({ out }) => out.a.sub(out.b).square().mean(), {
  locality: ['pre', 'post'],
})

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
  ruleCase(
    'PhyLL contrast',
    'phyllContrast',
    clapp({ contrast: rules.phyllContrast({ theta: 2 }), negatives: 2 }),
  ),
  ruleCase('InfoNCE, asymmetric', 'infoNCE', infoNCE({ dimension: 5 })),
  ruleCase('InfoNCE, symmetric', 'infoNCE', infoNCE({ dimension: 5, symmetric: true })),
  ruleCase('NT-Xent', 'ntXent', ntXent({ head: [] })),
  ruleCase('NT-Xent, with a head', 'ntXent', ntXent({ head: [6, 5], pool })),
  ruleCase('Barlow Twins', 'barlowTwins', barlowTwins()),
  ruleCase('Barlow Twins, with a head', 'barlowTwins', barlowTwins({ head: [4, 3], redundancy: 0.1 })),
  ruleCase('VICReg', 'vicreg', vicreg()),
  ruleCase('VICReg, with an expander', 'vicreg', vicreg({ head: [3, 4], covariance: 5 })),
  ruleCase('LPL', 'lpl', lpl()),
  ruleCase('BYOL', 'byol', byol({ head: [6, 4], predictor: 9 })),
  ruleCase('BYOL, without a head', 'byol', byol({ head: [], predictor: 9, pool })),
  ruleCase('SimSiam', 'simSiam', simSiam({ head: [5, 4], predictor: 9 })),
  ruleCase('CLAPP 2021', 'clapp2021', clapp2021(), { encoder: patchwise }),
  ruleCase('CLAPP 2021, prediction alone', 'clapp2021', clapp2021({ retrodiction: 'none' }), {
    encoder: patchwise,
  }),
  ruleCase('CLAPP-s', 'clapp2021', clapp2021({ synchronous: true }), { encoder: patchwise }),
  ruleCase('CPC', 'cpc', cpc(), { encoder: patchwise }),
  ruleCase('CPC, one step after a skipped row', 'cpc', cpc({ steps: 1, skip: 1 }), { encoder: patchwise }),
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
  ruleCase('Forward-Forward', 'forwardForward', forwardForward(), signed),
  ruleCase(
    'Forward-Forward, sum of squares, peer normalisation',
    'forwardForward',
    forwardForward({ goodness: 'sum', threshold: 0.1, peerNormalisation: 0.03 }),
    signed,
  ),
  ruleCase('SCFF', 'scff', scff({ positive: [1, 3, 6], negative: 2, penalty: 0.001 }), {
    views: ['image'],
    encoder: normalised,
  }),
  ruleCase('PhyLL', 'phyll', phyll(), signed),
  ruleCase('PhyLL, identity', 'phyll', phyll({ theta: 1, score: 'identity' }), signed),
  ruleCase('PhyLL, trainable', 'phyll', phyll({ theta: 1, score: 'trainable' }), signed),
]
