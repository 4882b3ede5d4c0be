import { createHash } from 'node:crypto'
import { averageWeight } from '../../runtime/batches/average-weight.ts'
import { drawTensor } from '../../runtime/batches/draws.ts'
import { batchIndices } from '../../runtime/batches/epoch.ts'
import { learningRate } from '../../runtime/batches/rate.ts'
import { splitValidation } from '../../runtime/data/split.ts'
import { cosineOfHalfTurns, logarithm, wholePower } from '../../runtime/values/elementary.ts'
import { initialise } from '../../runtime/values/initialise.ts'
import { stream } from '../../runtime/values/random.ts'
import { bytesOf, type HostTensor } from '../../runtime/values/tensor.ts'
import type { Average } from '../../src/bundle/schema/average.ts'
import type { Rate } from '../../src/bundle/schema/rate.ts'
import type { Draw, Initializer } from '../../src/bundle/schema/values.ts'

/** Examples of all numbers that a runtime makes: what docs/bundle.md says, worked out by our sources. */

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')
const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i))

/** Short tensors as they are; of long ones the first numbers and the SHA-256 of their bytes. */
const shown = ({ data }: HostTensor) => ({
  first: [...data.subarray(0, 16)].map(Number),
  sha256: sha256(bytesOf(data)),
})

const keys = [
  [0, 'parameter conv1.weight', 0],
  [7, 'batches', 3],
  [Number.MAX_SAFE_INTEGER, 'draw a "quoted" \\ name', 1_000_000_000],
  [1, 'parameter Größe/線 𝄞', 12],
] as const

/** A word as it leaves the generator: `integer` gives it with its highest bit turned. */
const word = (random: ReturnType<typeof stream>): number => (random.integer(2 ** 32) ^ 0x80000000) >>> 0

const streams = () =>
  keys.map(([seed, purpose, step]) => {
    const begin = () => stream(seed, purpose, step)
    const take = <T>(count: number, next: (random: ReturnType<typeof stream>) => T): T[] => {
      const random = begin()
      return times(count, () => next(random))
    }
    const key = JSON.stringify([seed, purpose, step])
    return {
      ...{ seed, purpose, step, key, sha256: sha256(key) },
      words: take(8, word),
      /** Of the first hundred thousand, as uint32, little-endian. */
      wordsSha256: sha256(bytesOf(Uint32Array.from(take(100_000, word)))),
      uniforms: take(4, (random) => random.uniform()),
      doubles: take(4, (random) => random.uniformDouble()),
      normals: take(5, (random) => random.normal()),
      /** Of the first twenty thousand and one, as float64, little-endian. */
      normalsSha256: sha256(bytesOf(Float64Array.from(take(20_001, (random) => random.normal())))),
      integers: [1, 2, 3, 1000, 3_000_000_000].map((below) => ({
        below,
        values: take(6, (random) => random.integer(below)),
      })),
      shuffle: [...begin().shuffle(Uint32Array.from(times(10, (i) => i)))],
      /** Of 100,000 indices, as uint32, little-endian. */
      shuffleSha256: sha256(bytesOf(begin().shuffle(Uint32Array.from(times(100_000, (i) => i))))),
    }
  })

const drawn: readonly Draw[] = [
  { kind: 'uniform', name: 'augment.crop', type: 'float32', shape: [4, 2] },
  { kind: 'uniform', name: 'dropout', type: 'float32', shape: [3, 50, 7] },
  { kind: 'negatives', name: 'negatives', type: 'int64', shape: [1, 6], images: 3 },
  { kind: 'negatives', name: 'conv2.negatives', type: 'int64', shape: [16, 128], images: 64 },
]
const draws = () =>
  drawn.flatMap((draw) =>
    [0, 41].map((step) => ({ draw, seed: 5, step, ...shown(drawTensor(draw, 5, step)) })),
  )

const epochs = () =>
  [
    { count: 10, batch: 4, seed: 0, step: 0 },
    { count: 10, batch: 4, seed: 0, step: 1 },
    { count: 10, batch: 4, seed: 0, step: 2 },
    { count: 50_000, batch: 8, seed: 3, step: 20_000 },
  ].map((given) => ({
    ...given,
    indices: [...batchIndices(given.count, given.batch, given.seed, given.step)],
  }))

const divisions = () =>
  [
    { labels: [0, 1, 0, 2, 1, 0, 0, 1, 1, 0, 0, 1], count: 12, fraction: 0.25, seed: 4 },
    { labels: null, count: 9, fraction: 0.3, seed: 4 },
  ].map((given) => {
    const { labels, count, fraction, seed } = given
    const split = splitValidation(
      { labels: labels ? Uint32Array.from(labels) : undefined, count },
      fraction,
      seed,
    )
    return { ...given, train: [...split.train], aside: [...split.validation] }
  })

const rateKinds: readonly Rate[] = [
  { kind: 'constant', lr: 2e-4 },
  { kind: 'step', lr: 0.1, every: 0.3, factor: 0.1 },
  { kind: 'cosine', lr: 1e-3, warmup: 0.17, final: 0.01 },
  {
    kind: 'points',
    lr: 1,
    points: [
      [0, 0.1],
      [0.3, 1],
      [0.3, 0.5],
      [1, 0],
    ],
    unit: 'run',
    between: 'lines',
  },
  {
    kind: 'points',
    lr: 1,
    points: [
      [2, 1],
      [7, 0.3],
      [11, 0],
    ],
    unit: 'step',
    between: 'lines',
  },
  {
    kind: 'points',
    lr: 1,
    points: [
      [0, 1],
      [0.7, 0.3],
    ],
    unit: 'run',
    between: 'steps',
  },
  { kind: 'table', lr: 1, values: [0.1, 1, 0.3, 0] },
]
const rates = () =>
  rateKinds.map((rate) => ({
    rate,
    totalSteps: 30,
    rates: times(32, (step) => learningRate(rate, step, 30)),
  }))

const averageKinds: readonly Average[] = [
  { kind: 'ema', decay: 0.999 },
  { kind: 'swa', from: 0.1 },
]
const averages = () =>
  averageKinds.map((average) => ({
    average,
    totalSteps: 30,
    weights: times(12, (step) => averageWeight(average, step, 30)),
  }))

const starting: readonly (readonly [Initializer, readonly number[]])[] = [
  [{ kind: 'constant', value: 0.1 }, [3]],
  [{ kind: 'uniform', bound: 0.25 }, [16, 3, 3, 3]],
  [{ kind: 'normal', std: 0.02 }, [33, 65]],
  [{ kind: 'orthogonal', gain: 1 }, [3, 3]],
  [{ kind: 'orthogonal', gain: Math.SQRT2 }, [6, 2, 3, 3]],
  [{ kind: 'orthogonal', gain: 1 }, [40, 23]],
  [{ kind: 'identity', gain: 0.5 }, [3, 2, 3, 4]],
  [{ kind: 'identity', gain: 1 }, [4, 5]],
]
const starts = () =>
  starting.flatMap(([init, shape]) =>
    (['float32', 'float64'] as const).map((type) => {
      const parameter = { name: 'conv1.weight', layer: 'conv1', type, shape: [...shape], init }
      return { parameter, seed: 9, ...shown(initialise(parameter, 9)) }
    }),
  )

const elementary = () => {
  const random = stream(0, 'elementary')
  const arguments_ = [
    ...[1, 0.5, 2, 0.7071067811865476, 1 - 2 ** -30, 2 ** -104, 0.95, 0.3],
    ...times(24, () => random.uniformDouble()),
  ]
  const turns = [0, 0.1, 0.25, 0.3, 0.5, 0.7, 0.75, 0.9, 1, ...times(12, () => random.uniformDouble())]
  return {
    logarithms: arguments_.map((x) => [x, logarithm(x)]),
    cosines: turns.map((x) => [x, cosineOfHalfTurns(x)]),
    powers: [0, 1, 2, 3, 7, 30].map((exponent) => [0.1, exponent, wholePower(0.1, exponent)]),
  }
}

export const numbers = () => ({
  streams: streams(),
  draws: draws(),
  epochs: epochs(),
  divisions: divisions(),
  rates: rates(),
  averages: averages(),
  starts: starts(),
  elementary: elementary(),
})
