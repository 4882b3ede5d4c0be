import {
  adamw,
  conv,
  flatten,
  layer,
  lengthNorm,
  linear,
  local,
  maxPool,
  program,
  relu,
} from '../src/index.ts'
import { clapp, forwardForward } from '../rules/index.ts'
import { resnet18 } from '../rules/recipes/resnet18.ts'
import { variants, type Variants } from '../rules/recipes/variants.ts'
import type { Program } from '../src/index.ts'
import type { ForwardForwardCase, StepCase } from './case.ts'

/** The encoders and rules whose steps are measured: what we compile, and what the peer is told of it. */

export interface Shape {
  /** Side of the square images, which have three channels. */
  readonly size: number
  readonly batch: number
  readonly layers: readonly { readonly channels: number; readonly pooled: boolean; readonly tile: number }[]
}

export const widths = { full: 1, quarter: 1 / 4, eighth: 1 / 8 } as const
export type Width = keyof typeof widths

/** The paper's sides of images and of the tiles that losses average over, per layer. */
export const dataSets = {
  cifar10: { size: 32, tiles: [4, 4, 4, 2, 2, 1] },
  stl10: { size: 96, tiles: [12, 12, 12, 6, 6, 3] },
} as const
export type DataSet = keyof typeof dataSets

const channels = [128, 256, 256, 512, 1024, 1024]
const pooled = new Set([1, 3, 4, 5])

/** The paper's VGG-6 (arXiv 2601.21683), batch 32, at a share of its channels. */
export const vgg6 = (data: DataSet, width: Width): Shape => ({
  size: dataSets[data].size,
  batch: 32,
  layers: channels.map((count, i) => ({
    channels: count * widths[width],
    pooled: pooled.has(i),
    tile: dataSets[data].tiles[i] ?? 1,
  })),
})

interface Rule {
  readonly title: string
  /** Its program among the paper's variants. */
  readonly variant: keyof Variants
  readonly told: Pick<StepCase, 'rule' | 'credit'> & { readonly tiled: boolean }
}

export const rules = {
  clapp: {
    title: 'CLAPP without spatial',
    variant: 'withoutSpatial',
    told: { rule: 'clapp', credit: 'local', tiled: false },
  },
  'clapp++': {
    title: 'CLAPP++',
    variant: 'plusPlus',
    told: { rule: 'clapp', credit: 'local', tiled: true },
  },
  'clapp++dfb': {
    title: 'CLAPP++DFB',
    variant: 'directFeedback',
    told: { rule: 'clapp', credit: 'feedback', tiled: true },
  },
  'bp-clapp++': {
    title: 'BP-CLAPP++',
    variant: 'backpropagation',
    told: { rule: 'clapp', credit: 'global', tiled: false },
  },
  'bp-infonce': {
    title: 'BP-InfoNCE',
    variant: 'infoNce',
    told: { rule: 'infonce', credit: 'global', tiled: false },
  },
} as const satisfies Record<string, Rule>
export type RuleName = keyof typeof rules
export const ruleNames = Object.keys(rules) as RuleName[]

/** One step to measure: what is compiled, and what the peer is told of it. */
export interface Described {
  readonly title: string
  readonly program: Program
  readonly told: StepCase | ForwardForwardCase
}

const rate = { lr: 2e-4, weightDecay: 0 }
const common = { learningRate: rate.lr, weightDecay: rate.weightDecay, batches: 4 }

export function describe(name: RuleName, { size, batch, layers }: Shape): Described {
  const { title, variant, told }: Rule = rules[name]
  const pools = layers.map(({ tile }) => tile)
  const named = layers.map((each, i) => ({ ...each, name: `conv${i + 1}` }))
  const encoder = named.map(({ name, channels, pooled }) =>
    layer(name, conv(channels), relu(), ...(pooled ? [maxPool(2)] : [])),
  )
  const programs = variants({
    name: 'noise',
    input: { channels: 3, size },
    encoder,
    pools,
    optimizer: adamw(rate),
  })
  return {
    title,
    program: { ...programs[variant], batch },
    told: {
      ...common,
      kind: 'step',
      rule: told.rule,
      credit: told.credit,
      layers: named.map(({ name, pooled }) => ({ kind: 'conv', name, pooled })),
      pools: told.tiled ? pools : null,
      temperature: 0.1,
    },
  }
}

/** ResNet-18 by CLAPP, block by block; of its recipe's width and images unless told otherwise. */
export function describeResNet(width = 64, size = 32, batch = 32): Described {
  const title = 'ResNet-18, CLAPP'
  const encoder = resnet18({ width })
  const [first, ...blocks] = encoder.map(({ name }) => name)
  if (first === undefined) throw new Error('ResNet-18 has layers')
  return {
    title,
    program: program({
      name: title,
      input: { channels: 3, size },
      batch,
      encoder,
      learn: local(clapp(), { allow: ['statistics'] }),
      optimizer: adamw(rate),
    }),
    told: {
      ...common,
      kind: 'step',
      rule: 'clapp',
      credit: 'local',
      layers: [
        { kind: 'stem', name: first },
        // The map shrinks at the first block of every stage but the first.
        ...blocks.map((name, i) => ({
          kind: 'block' as const,
          name,
          stride: i > 0 && i % 2 === 0 ? 2 : 1,
        })),
      ],
      pools: null,
      temperature: 0.1,
    },
  }
}

/** Forward-Forward on an MLP; the size of Hinton's on MNIST (arXiv 2212.13345) unless told otherwise. */
export function describeForwardForward(
  units: readonly number[] = [2000, 2000, 2000, 2000],
  batch = 100,
): Described {
  const named = units.map((count, i) => ({ name: `dense${i + 1}`, count }))
  const title = 'Forward-Forward'
  return {
    title,
    program: program({
      name: title,
      input: { channels: 1, size: 28 },
      views: ['positive', 'negative'],
      batch,
      encoder: named.map(({ name, count }) => layer(name, flatten(), lengthNorm(), linear(count), relu())),
      learn: local(forwardForward({ goodness: 'mean', threshold: 1 })),
      optimizer: adamw(rate),
    }),
    told: { ...common, kind: 'forwardforward', layers: named.map(({ name }) => name), threshold: 1 },
  }
}
