import * as hebb from '../../src/index.ts'
import * as rules from '../../rules/index.ts'
import type { Takes } from './hostile.ts'

/** A function that programs call with values: what each argument and each option takes of the hostile ones. */
export interface Factory {
  readonly make: (...given: never[]) => unknown
  /** Arguments with which it works, without the options. */
  readonly arguments?: readonly unknown[]
  readonly takes?: readonly Takes[]
  /** Absent where there are none. */
  readonly options?: Readonly<Record<string, Takes>>
  /** It takes any number of arguments of the last kind; or is one of our own around another. */
  readonly takesAnyNumber?: true
  /** Options without which it does not work. */
  readonly required?: Readonly<Record<string, unknown>>
}

const { rates, init } = hebb
const loss = hebb.classify()
const modules = [hebb.relu()]
const weights = { bias: 'flag', init: 'function', biasInit: 'function' } as const
const poolOptions = { stride: 'sides', padding: 'zero' } as const
const optimizer = {
  lr: 'positive',
  weightDecay: 'notNegative',
  noDecay: 'function',
  layers: 'object',
  parameters: 'object',
  clip: 'none',
  average: 'none',
} as const
const adam = { ...optimizer, betas: 'none', eps: 'positive' } as const
const credit = { arguments: [loss], takes: ['none'], options: { allow: 'list' } } as const
const variant = { contrast: 'function', negatives: 'count', projectionRate: 'notNegative' } as const
const tiles = { arguments: [2], takes: ['pool'], options: variant } as const
const steps = { steps: 'count', skip: 'whole', columns: 'count' } as const
const gain = { arguments: [1], takes: ['finite'] } as const
const chance = { arguments: [0.2], takes: ['fraction'] } as const

const program: hebb.ProgramOptions<'a' | 'b'> = {
  input: { channels: 1, size: 8 },
  batch: 2,
  encoder: [hebb.layer('one', hebb.conv(2), hebb.relu())],
  learn: hebb.local(rules.clapp()),
  optimizer: hebb.sgd({ lr: 0.1 }),
}

/** Every factory that is exported, under its name. */
export const factories: Readonly<Record<string, Factory>> = {
  program: {
    make: hebb.program,
    required: { ...program },
    options: {
      name: 'name',
      input: 'none',
      views: 'none',
      augment: 'list',
      batch: 'none',
      encoder: 'none',
      learn: 'none',
      optimizer: 'none',
      readout: 'none',
      dtype: 'none',
      precision: 'none',
    },
  },
  'program.options': {
    make: hebb.program.options,
    arguments: [{ lr: 0.1 }, () => program],
    takes: ['object', 'none'],
  },
  sweep: {
    make: hebb.sweep,
    required: { programs: 'mine.ts' },
    options: {
      programs: 'name',
      over: 'object',
      seeds: 'seeds',
      data: 'name',
      epochs: 'count',
      steps: 'count',
      jobs: 'count',
      flags: 'object',
    },
  },
  option: { make: hebb.option, arguments: [0.1, hebb.check.positive], takes: ['positive', 'none'] },
  'program.input': {
    takesAnyNumber: true,
    make: (input: hebb.ImageInput) => hebb.program({ ...program, input }),
    required: { ...program.input },
    options: {
      channels: 'none',
      size: 'imageSize',
      pad: 'zero',
      type: 'none',
      classes: 'count',
      mean: 'none',
      std: 'none',
    },
  },
  relu: { make: hebb.relu },
  tanh: { make: hebb.tanh },
  sigmoid: { make: hebb.sigmoid },
  flatten: { make: hebb.flatten },
  globalAverage: { make: hebb.globalAverage },
  horizontalFlip: { make: hebb.horizontalFlip },
  classify: { make: hebb.classify },
  'init.pytorchDefault': { make: init.pytorchDefault },
  'init.kaiming': { make: init.kaiming },
  'init.zeros': { make: init.zeros },
  oja: { make: rules.oja },
  hinge: { make: rules.hinge },
  softhinge: { make: rules.softhinge },
  squared: { make: rules.squared },
  linearContrast: { make: rules.linearContrast },
  'layer.options': {
    takesAnyNumber: true,
    make: (options: hebb.LayerOptions) => hebb.layer('one', options, hebb.relu()),
    options: { from: 'none', join: 'none', frozen: 'flag' },
  },
  module: { make: hebb.module, arguments: ['mine', () => undefined], takes: ['name', 'function'] },
  transform: {
    make: hebb.transform,
    required: { name: 'mine', apply: () => undefined },
    options: { name: 'name', apply: 'function', encode: 'function' },
  },
  layer: { takesAnyNumber: true, make: hebb.layer, arguments: ['one', hebb.relu()], takes: ['text', 'none'] },
  conv: {
    make: hebb.conv,
    arguments: [4],
    takes: ['count'],
    options: {
      kernel: 'sides',
      stride: 'sides',
      padding: 'paddings',
      dilation: 'sides',
      groups: 'none',
      ...weights,
    },
  },
  linear: { make: hebb.linear, arguments: [4], takes: ['count'], options: weights },
  triangle: { make: hebb.triangle, options: { power: 'positive' } },
  dropout: { make: hebb.dropout, arguments: [0.1], takes: ['fraction'] },
  maxPool: { make: hebb.maxPool, arguments: [2], takes: ['sides'], options: poolOptions },
  averagePool: { make: hebb.averagePool, arguments: [2], takes: ['sides'], options: poolOptions },
  batchNorm: { make: hebb.batchNorm, options: { eps: 'positive', momentum: 'part', affine: 'flag' } },
  layerNorm: { make: hebb.layerNorm, options: { eps: 'positive' } },
  lengthNorm: { make: hebb.lengthNorm, arguments: [1], takes: ['positive'] },
  residual: { make: hebb.residual, arguments: [modules, modules], takes: ['none', 'list'] },
  patches: { make: hebb.patches, arguments: [4, 2], takes: ['sides', 'sides'] },
  local: { make: hebb.local, ...credit },
  global: { make: hebb.global, arguments: [loss], takes: ['none'] },
  blocks: {
    make: hebb.blocks,
    arguments: [[1], loss],
    takes: ['someCounts', 'none'],
    options: { allow: 'list' },
  },
  rule: {
    make: hebb.rule,
    arguments: ['mine', () => undefined],
    takes: ['name', 'function'],
    options: { locality: 'list', needs: 'object' },
  },
  sgd: {
    make: hebb.sgd,
    required: { lr: 0.1, momentum: 0.5 },
    options: { ...optimizer, momentum: 'fraction', dampening: 'fraction', nesterov: 'flag' },
  },
  adam: { make: hebb.adam, required: { lr: 0.1 }, options: adam },
  adamw: { make: hebb.adamw, required: { lr: 0.1 }, options: adam },
  lars: {
    make: hebb.lars,
    required: { lr: 0.1 },
    options: { ...optimizer, momentum: 'fraction', trust: 'positive' },
  },
  rmsprop: {
    make: hebb.rmsprop,
    required: { lr: 0.1 },
    options: { ...optimizer, alpha: 'fraction', eps: 'positive', momentum: 'fraction', centered: 'flag' },
  },
  lion: { make: hebb.lion, required: { lr: 0.1 }, options: { ...optimizer, betas: 'none' } },
  optimizer: {
    make: hebb.optimizer,
    arguments: ['mine'],
    takes: ['text'],
    required: { lr: 0.1, update: ({ parameter }: hebb.Update) => ({ parameter }) },
    options: { ...optimizer, settings: 'object', states: 'list', update: 'function' },
  },
  ema: { make: hebb.ema, options: { decay: 'fraction' } },
  swa: { make: hebb.swa, options: { from: 'part' } },
  'rates.constant': { make: rates.constant, arguments: [0.1], takes: ['positive'] },
  'rates.steps': {
    make: rates.steps,
    arguments: [0.1],
    takes: ['positive'],
    required: { every: 0.2 },
    options: { every: 'part', factor: 'positive' },
  },
  'rates.cosine': {
    make: rates.cosine,
    arguments: [0.1],
    takes: ['positive'],
    options: { warmup: 'fraction', final: 'fraction' },
  },
  'rates.points': {
    make: rates.points,
    arguments: [[[0, 0.1]]],
    takes: ['none'],
    options: { unit: 'none', between: 'none' },
  },
  'rates.curve': {
    make: rates.curve,
    arguments: [(progress: number) => 0.1 * (1 - progress)],
    takes: ['none'],
    options: { points: 'none' },
  },
  'init.orthogonal': { make: init.orthogonal, ...gain },
  'init.identity': { make: init.identity, ...gain },
  'init.uniform': { make: init.uniform, arguments: [1], takes: ['notNegative'] },
  'init.normal': { make: init.normal, arguments: [1], takes: ['notNegative'] },
  'init.constant': { make: init.constant, ...gain },
  randomResizedCrop: {
    make: hebb.randomResizedCrop,
    options: { scale: 'none', ratio: 'none', flip: 'flag' },
  },
  colourJitter: {
    make: hebb.colourJitter,
    options: {
      brightness: 'notNegative',
      contrast: 'notNegative',
      saturation: 'notNegative',
      hue: 'fraction',
      order: 'none',
      chance: 'fraction',
    },
  },
  solarise: { make: hebb.solarise, options: { threshold: 'fraction', chance: 'fraction' } },
  rotation: {
    make: hebb.rotation,
    required: { degrees: 10 },
    options: { degrees: 'fraction', fill: 'fraction', chance: 'fraction' },
  },
  randomGrey: { make: hebb.randomGrey, ...chance },
  randomInvert: { make: hebb.randomInvert, ...chance },
  gaussianBlur: {
    make: hebb.gaussianBlur,
    options: { sigma: 'none', radius: 'whole', fraction: 'fraction', chance: 'fraction' },
  },
  randomErase: { make: hebb.randomErase, options: { sides: 'none', chance: 'fraction' } },
  simclr: { make: hebb.simclr, options: { scale: 'none' } },
  paintLabel: { make: hebb.paintLabel, options: { negative: 'name' } },
  hybridImages: { make: hebb.hybridImages, options: { negative: 'name', blurs: 'zero' } },

  clapp: { make: rules.clapp, options: { ...variant, pool: 'pool', context: 'none' } },
  clappPlusPlus: { make: rules.clappPlusPlus, ...tiles },
  clappDirectFeedback: { make: rules.clappDirectFeedback, ...tiles },
  clappBoth: { make: rules.clappBoth, ...tiles },
  clappThreeFactor: {
    make: rules.clappThreeFactor,
    options: { pool: 'pool', context: 'none', negatives: 'count' },
  },
  softHebb: {
    make: rules.softHebb,
    options: { temperature: 'positive', power: 'notNegative', antiHebbian: 'flag' },
  },
  directFeedbackAlignment: { make: rules.directFeedbackAlignment, arguments: [loss], takes: ['none'] },
  feedbackAlignment: { make: rules.feedbackAlignment, arguments: [loss], takes: ['none'] },
  weightTransport: { make: rules.weightTransport, arguments: [loss], takes: ['none'] },
  forwardForward: {
    make: rules.forwardForward,
    options: { goodness: 'none', threshold: 'finite', peerNormalisation: 'notNegative' },
  },
  scff: {
    make: rules.scff,
    options: { positive: 'thresholds', negative: 'thresholds', penalty: 'notNegative' },
  },
  phyll: { make: rules.phyll, options: { theta: 'positive', score: 'none' } },
  phyllContrast: { make: rules.phyllContrast, options: { theta: 'positive' } },
  infoNCE: {
    make: rules.infoNCE,
    options: { dimension: 'count', temperature: 'positive', symmetric: 'flag' },
  },
  ntXent: { make: rules.ntXent, options: { temperature: 'positive', head: 'counts', pool: 'pool' } },
  barlowTwins: {
    make: rules.barlowTwins,
    options: { redundancy: 'notNegative', head: 'counts', pool: 'pool' },
  },
  vicreg: {
    make: rules.vicreg,
    options: {
      invariance: 'notNegative',
      variance: 'notNegative',
      covariance: 'notNegative',
      head: 'counts',
      pool: 'pool',
    },
  },
  lpl: { make: rules.lpl, options: { push: 'notNegative', decorrelate: 'notNegative', pool: 'pool' } },
  byol: {
    make: rules.byol,
    options: { decay: 'fraction', head: 'counts', predictor: 'count', pool: 'pool' },
  },
  simSiam: { make: rules.simSiam, options: { head: 'counts', predictor: 'count', pool: 'pool' } },
  clapp2021: {
    make: rules.clapp2021,
    options: { ...steps, synchronous: 'flag', retrodiction: 'none' },
  },
  cpc: { make: rules.cpc, options: steps },
}

/** Functions that are tested with tensors or programs, not with plain values. */
const elsewhere = [
  'Tensor',
  'UserError',
  'concat',
  'constant',
  'arange',
  'gradient',
  'crossEntropy',
  'lossOf',
  'where',
  'compile',
  'compileGradients',
  'compileAlignment',
  'compileCrops',
  'writeBundle',
]

/** Names of all exported functions, those of the namespaces with their namespace. */
export const exported = (): string[] => {
  const namespaces = { '': { ...hebb, ...rules }, 'rates.': rates, 'init.': init }
  return Object.entries(namespaces).flatMap(([prefix, functions]) =>
    Object.entries(functions).flatMap(([name, value]: [string, unknown]) =>
      typeof value === 'function' && !elsewhere.includes(name) ? [prefix + name] : [],
    ),
  )
}
