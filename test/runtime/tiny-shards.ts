import { int, list, node, number, tinyGraph, type TinyGraph } from './tiny-graph.ts'
import {
  rate,
  tensor,
  tinyBundle,
  tinyManifest,
  tinySection,
  updating,
  writeTinyBundle,
} from './tiny-bundle.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'
import { shardName } from '../../src/bundle/shard-names.ts'

/**
 * The program of `tiny-bundle` with its training step dealt to shards, in every way that there is: graphs that each shard runs,
 * graphs that one does, an update in blocks, and a state of which each shard renews its part (the sum of every row so far).
 */

const BATCH = 4
const PIXELS = 4

const shard = { ...tensor('shard', 'shard' as const, []), type: 'int64' as const }
const own = { shard: true as const }
const part = { block: true as const }
const views = tensor('views', 'views' as const, [BATCH, 1, 2, 2])
const seen = tensor('seen', 'state' as const, [BATCH])
const images = (shards: number) => BATCH / shards

/** The rows of a shard: `x` [images, pixels]. */
const rowsOf = (shards: number, index = 'shard') => [
  list('dealt', [shards, images(shards), PIXELS]),
  node('Reshape', ['views', 'dealt'], 'all'),
  node('Gather', ['all', index], 'x', [int('axis', 0)]),
]

/** Sum of squared errors of x·w against 1, and the sum's gradient. */
const errors = (layer: string) => [
  node('MatMul', ['x', `${layer}.weight`], `${layer}.out`),
  number('one', 1),
  node('Sub', [`${layer}.out`, 'one'], 'error'),
  node('Mul', ['error', 'error'], 'square'),
  list('axes', [0, 1]),
  node('ReduceSum', ['square', 'axes'], `${layer}.square`, [int('keepdims', 0)]),
  number('factor', 2 / BATCH),
  node('Mul', ['error', 'factor'], 'slope'),
  node('Gemm', ['x', 'slope'], `${layer}.part`, [int('transA', 1)]),
]

/** What others call a value of every shard. */
const all = (name: string, shards: number) => Array.from({ length: shards }, (_, s) => shardName(name, s))

/** What all shards have, added in their order. */
const added = (name: string, shards: number, sum: string) =>
  all(name, shards)
    .slice(1)
    .map((next, i) => {
      const before = i === 0 ? shardName(name, 0) : `${sum} ${i}`
      return node('Add', [before, next], i + 2 === shards ? sum : `${sum} ${i + 1}`)
    })
const read = (name: string, shards: number, shape: number[]) =>
  all(name, shards).map((each) => tensor(each, 'activity' as const, shape))

const loss = (layer: string, shards: number) => [
  ...added(`${layer}.square`, shards, 'squares'),
  number('share', 1 / BATCH),
  node('Mul', ['squares', 'share'], `${layer}.loss`),
]
const lossOf = (layer: string) => ({ ...tensor(`${layer}.loss`, 'loss' as const, []), layer })

/** The state with the sum of each row added. @param x the rows */
const seenGraph = (name: string, rows: number, x: TinyGraphParts): TinyGraph => {
  const isPart = rows < BATCH
  return tinyGraph(
    name,
    [views, { ...seen, shape: [rows], ...(isPart ? part : {}) }, ...(isPart ? [shard] : [])],
    [{ ...updating('seen', 'state', [rows]), ...(isPart ? part : {}) }],
    [
      ...x,
      list('each', [1]),
      node('ReduceSum', ['x', 'each'], 'sums', [int('keepdims', 0)]),
      node('Add', ['seen', 'sums'], "seen'"),
    ],
  )
}
type TinyGraphParts = Parameters<typeof tinyGraph>[3]
const allRows = [list('rows', [BATCH, PIXELS]), node('Reshape', ['views', 'rows'], 'x')]

/** That of a shard, which fails in all but the first: there is no shard of twice their number. */
export const failingSeen = (shards: number): TinyGraph =>
  seenGraph('sharded.seen', images(shards), [
    node('Add', ['shard', 'shard'], 'twice'),
    ...rowsOf(shards, 'twice'),
  ])

const shardGraphs = (shards: number): TinyGraph[] => {
  const weight = tensor('first.weight', 'parameter' as const, [PIXELS, 1])
  const forward = tinyGraph(
    'sharded.first.forward',
    [shard, views, weight],
    [
      { ...tensor('first.out', 'activity' as const, [images(shards), 1]), ...own },
      { ...tensor('first.square', 'activity' as const, []), ...own },
      { ...tensor('first.part', 'activity' as const, [PIXELS, 1]), ...own },
    ],
    [...rowsOf(shards), ...errors('first')],
  )
  const sum = tinyGraph(
    'sharded.first.sum',
    [...read('first.square', shards, []), ...read('first.part', shards, [PIXELS, 1])],
    [lossOf('first'), tensor('first.gradient', 'activity' as const, [PIXELS, 1])],
    [...loss('first', shards), ...added('first.part', shards, 'first.gradient')],
  )
  const block = (name: string, role: 'parameter' | 'state' | 'activity') => ({
    ...tensor(name, role, [1, 1]),
    ...part,
  })
  const update = tinyGraph(
    'sharded.first.update',
    [
      block('first.weight', 'parameter'),
      block('first.weight.momentum', 'state'),
      block('first.gradient', 'activity'),
      rate,
    ],
    [
      { ...updating('first.weight', 'parameter', [1, 1]), ...part },
      { ...updating('first.weight.momentum', 'state', [1, 1]), ...part },
    ],
    [
      node('Cast', ['learning_rate'], 'rate', [int('to', 1)]),
      number('keep', 0.5),
      node('Mul', ['first.weight.momentum', 'keep'], 'kept'),
      node('Add', ['kept', 'first.gradient'], "first.weight.momentum'"),
      node('Mul', ["first.weight.momentum'", 'rate'], 'move'),
      node('Sub', ['first.weight', 'move'], "first.weight'"),
    ],
  )
  const second = tinyGraph(
    'sharded.second.forward',
    [
      { ...tensor('first.out', 'activity' as const, [images(shards), 1]), ...own },
      tensor('second.weight', 'parameter' as const, [1, 1]),
    ],
    [
      { ...tensor('second.square', 'activity' as const, []), ...own },
      { ...tensor('second.part', 'activity' as const, [1, 1]), ...own },
    ],
    [node('Identity', ['first.out'], 'x'), ...errors('second')],
  )
  const learn = tinyGraph(
    'sharded.second.learn',
    [
      ...read('second.square', shards, []),
      ...read('second.part', shards, [1, 1]),
      tensor('second.weight', 'parameter' as const, [1, 1]),
      rate,
    ],
    [lossOf('second'), updating('second.weight', 'parameter', [1, 1])],
    [
      ...loss('second', shards),
      ...added('second.part', shards, 'gradient'),
      node('Cast', ['learning_rate'], 'rate', [int('to', 1)]),
      node('Mul', ['gradient', 'rate'], 'move'),
      node('Sub', ['second.weight', 'move'], "second.weight'"),
    ],
  )
  const state = seenGraph('sharded.seen', images(shards), rowsOf(shards))
  return [
    ...[state, forward, second].map(each),
    by(sum, 1),
    { ...update, graph: { ...update.graph, blocks: PIXELS } },
    by(learn, shards - 1),
  ]
}
const each = ({ graph, bytes }: TinyGraph): TinyGraph => ({ graph: { ...graph, each: 'shard' }, bytes })
const by = ({ graph, bytes }: TinyGraph, shards: number): TinyGraph => ({
  graph: { ...graph, by: shards },
  bytes,
})

/** In an order in which a value is renewed before others are done with the step. */
const order = ['seen', 'first.forward', 'first.sum', 'second.forward', 'second.learn', 'first.update']

/** All of its manifest, and the graphs that `tinyManifest` does not have. */
export function tinySharded(shards = 2): {
  readonly manifest: Manifest
  readonly more: readonly TinyGraph[]
} {
  const manifest = tinyManifest()
  const graphs = shardGraphs(shards)
  const whole = seenGraph('seen', BATCH, allRows)
  const train = {
    ...manifest.train,
    graphs: [...manifest.train.graphs, whole.graph],
    schedule: [...manifest.train.schedule, { graph: 'seen', drop: [] }],
    states: [
      ...manifest.train.states,
      { name: 'seen', layer: 'first', type: 'float32' as const, shape: [BATCH] },
    ],
  }
  const drops = new Map([
    ['first.sum', [...all('first.square', shards), ...all('first.part', shards)]],
    ['second.forward', all('first.out', shards)],
    ['second.learn', [...all('second.square', shards), ...all('second.part', shards)]],
    ['first.update', ['first.gradient']],
  ])
  const { parameters, states, rate: learningRate } = train
  const sharded = {
    ...tinySection(graphs, { parameters, states, rate: learningRate }),
    shards,
    schedule: order.map((name) => ({ graph: `sharded.${name}`, drop: drops.get(name) ?? [] })),
  }
  return { manifest: { ...manifest, train, sharded }, more: [whole, ...graphs] }
}

/** The bundle as if it had been compiled just now; or in a folder. */
export const tinyShardedBundle = (shards = 2): Bundle => {
  const { manifest, more } = tinySharded(shards)
  return tinyBundle(manifest, more)
}
export const writeTinyShardedBundle = (folder: string, shards = 2): string => {
  const { manifest, more } = tinySharded(shards)
  return writeTinyBundle(folder, manifest, more)
}
