import {
  adamw,
  conv,
  layer,
  local,
  maxPool,
  program,
  relu,
  type Credit,
  type Layer,
  type Optimizer,
  type Program,
} from '../../src/index.ts'
import { clapp } from '../../rules/index.ts'

/** Three small layers on 8×8 images; wide enough to have every part, small enough for finite differences. */
export const tinyEncoder = (): Layer[] => [
  layer('conv1', conv(3), relu(), maxPool(2)),
  layer('conv2', conv(4), relu()),
  layer('conv3', conv(4), relu(), maxPool(2)),
]

export interface TinyOptions {
  readonly learn?: Credit
  readonly views?: readonly string[]
  readonly encoder?: readonly Layer[]
  readonly optimizer?: Optimizer
  readonly dtype?: 'float32' | 'float64'
  readonly batch?: number
}

export const tinyPools = [2, 2, 1] as const

export const tinyProgram = ({
  learn = local(clapp({ pool: tinyPools })),
  views = ['a', 'b'],
  encoder,
  optimizer = adamw({ lr: 1e-2 }),
  dtype = 'float64',
  batch = 3,
}: TinyOptions = {}): Program =>
  program({
    input: { channels: 2, size: 8, classes: 3 },
    views,
    batch,
    encoder: encoder ?? tinyEncoder(),
    learn,
    optimizer,
    dtype,
    ...(encoder ? {} : { readout: tinyPools }),
  })
