import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  adamw,
  batchNorm,
  compile,
  conv,
  flatten,
  global,
  layer,
  lengthNorm,
  linear,
  local,
  maxPool,
  program,
  relu,
  sgd,
  writeBundle,
  type Program,
} from '../../src/index.ts'
import { present } from '../../src/base/lists.ts'
import { clapp, clappDirectFeedback, forwardForward, infoNCE } from '../../rules/index.ts'
import * as eighth from '../../rules/recipes/cifar10-eighth.ts'
import { readMetrics } from '../../runtime/files/metrics.ts'
import { runFiles } from '../../runtime/files/run-folder.ts'
import { unitsOf } from '../../runtime/workers/pipeline/units.ts'
import { withGraphs } from '../../runtime/workers/pipeline/section-parts.ts'
import { partsOf } from '../../runtime/workers/shards/parts-of.ts'
import { requireSharded } from '../../runtime/train/parallel.ts'
import { train, type Progress, type TrainOptions } from '../../runtime/train/train.ts'
import { leftByWorkers, leftInTurn } from '../support/left-by-shards.ts'
import { tinyPools, tinyProgram } from '../support/programs.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { writeTinyDataset } from './tiny-bundle.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'

/** Groups of layers, each in shards: who works on what makes no difference to any bit. */

const momentum = sgd({ lr: 0.01, momentum: 0.9 })

const shardedOf = ({ manifest }: Bundle) => requireSharded(manifest)
const tiny = (change: Parameters<typeof tinyProgram>[0] = {}) => tinyProgram({ batch: 6, ...change })
const denseIn = { input: { channels: 2, size: 8, classes: 3 }, batch: 6, optimizer: momentum } as const

describe('groups of layers in shards come to the bits of the shards in turn', () => {
  const programs: readonly [string, Program][] = [
    ['of a local rule', tiny()],
    [
      'of a local rule in float32, whose activity crosses as convolutions leave it',
      tiny({ dtype: 'float32' }),
    ],
    [
      'where statistics are over the batch',
      tiny({
        encoder: [
          layer('a', conv(4), batchNorm(), relu()),
          layer('b', conv(4), batchNorm(), relu()),
          layer('c', conv(4), relu()),
        ],
        learn: local(infoNCE({ dimension: 4 }), { allow: ['statistics'] }),
      }),
    ],
    [
      'where layers read some before those before them',
      tiny({
        encoder: [
          layer('a', conv(4), relu()),
          layer('b', conv(4), relu()),
          layer('c', { from: ['a', 'b'] }, conv(4), relu()),
          layer('d', { from: ['input', 'c', 'a'] }, conv(4), relu()),
        ],
        learn: local(clapp({ pool: 2 })),
      }),
    ],
    [
      'where parameters are read in parts, to which the rows of all shards go, and updated in blocks',
      program({
        ...{ ...denseIn, views: ['positive', 'negative'] },
        encoder: ['dense', 'wide', 'top'].map((name, i) =>
          layer(name, ...(i === 0 ? [flatten()] : []), lengthNorm(), linear(1024), relu()),
        ),
        learn: local(forwardForward()),
      }),
    ],
    [
      'where a layer is frozen',
      tiny({
        encoder: [
          layer('a', { frozen: true }, conv(4), relu(), maxPool(2)),
          layer('b', conv(4), relu()),
          layer('c', conv(4), relu()),
        ],
        learn: local(clapp({ pool: 2 })),
      }),
    ],
  ]

  test.each(programs)('%s', async (_, made) => {
    for (const [shards, most] of [
      [2, 2],
      [3, 3],
    ] as const) {
      const bundle = compile(made, { shards, fused: false })
      const units = unitsOf(shardedOf(bundle)).length
      expect(units).toBeGreaterThan(1)
      expect(await leftByWorkers(bundle, Math.min(units, most) * shards)).toEqual(await leftInTurn(bundle))
    }
  })

  test('where convolutions are done in slices', async () => {
    const bundle = compile(
      { ...eighth.plusPlus, batch: 8, optimizer: adamw({ lr: 1e-3 }) },
      { shards: 2, fused: false },
    )
    expect(await leftByWorkers(bundle, 4, 3)).toEqual(await leftInTurn(bundle, 3))
  })

  test('as does one group of all', async () => {
    const bundle = compile(tiny(), { shards: 2, fused: false })
    expect(await leftByWorkers(bundle, 2)).toEqual(await leftInTurn(bundle))
  })
})

describe('the graphs of a step of shards', () => {
  const units = (made: Program) =>
    unitsOf(shardedOf(compile(made, { shards: 2, fused: false }))).map((graphs) => [
      ...new Set(graphs.map((name) => name.replace(/\..*/, ''))),
    ])

  test('of each layer are apart where layers may work on different batches', () => {
    expect(units(tiny())).toEqual([['conv1'], ['conv2'], ['conv3']])
  })

  test('are one where a rule reads from above, and under backpropagation', () => {
    expect(units(tiny({ learn: local(clappDirectFeedback(tinyPools)) }))).toEqual([['train']])
    expect(units(tiny({ learn: global(clapp()) }))).toEqual([['conv1-conv3']])
  })

  test('hand on the rows of each shard, which are never joined on the way', () => {
    const { graphs } = shardedOf(compile(tiny(), { shards: 2, fused: false }))
    const conv1 = graphs.flatMap(({ outputs }) => outputs.filter(({ name }) => name === 'conv1.out'))
    expect(conv1.map(({ shard, shape }) => [shard, shape[0]])).toEqual([[true, 6]])
    expect(graphs.filter(({ inputs }) => inputs.some(({ name }) => name === 'conv1.out#0'))).toEqual([])
  })
})

describe('workers of groups', () => {
  const sharded = shardedOf(compile(tiny(), { shards: 2, fused: false }))
  const units = unitsOf(sharded)
  const groups = withGraphs(sharded, [units.slice(0, 2).flat(), units.slice(2).flat()])
  const parts = (devices?: readonly number[]) =>
    partsOf(groups, { sharded, workers: 2, session: { threads: 1 }, devices }).parts

  test('pass their steps on to who has the same shard in the next group', () => {
    expect(parts().map(({ next }) => next)).toEqual([2, 3, undefined, undefined])
    expect(parts().map(({ who }) => who.replace(/,.*/, ''))).toEqual([
      'the worker of shard 0 of conv1.0',
      'the worker of shard 1 of conv1.0',
      'the worker of shard 0 of conv3.0',
      'the worker of shard 1 of conv3.0',
    ])
  })

  test('are dealt to devices, group by group', () => {
    const devicesOf = (devices: readonly number[]) => parts(devices).map(({ session }) => session.device)
    expect(devicesOf([0, 1, 2, 3])).toEqual([0, 1, 2, 3])
    expect(devicesOf([4, 5])).toEqual([4, 5, 4, 5])
    expect(parts().map(({ session }) => session)).toEqual(Array.from({ length: 4 }, () => ({ threads: 1 })))
  })

  test('keep the parameters of their layers alone', () => {
    const kept = parts().map(({ shares }) =>
      [...present(shares, 'shares').dealt.share.held.keys()].filter((name) => name.endsWith('.weight')),
    )
    expect(kept).toEqual([
      ['conv1.weight', 'conv2.weight'],
      ['conv1.weight', 'conv2.weight'],
      ['conv3.weight'],
      ['conv3.weight'],
    ])
  })
})

describe('a run in groups of layers', () => {
  const given = (change: Partial<Omit<TrainOptions, 'data'>> = {}) => {
    const root = temporaryFolder()
    const bundle = join(root, 'bundle')
    const data = writeTinyDataset(join(root, 'data'))
    const made = program({
      ...{ input: { channels: 1, size: 2 }, batch: 4, optimizer: momentum },
      encoder: ['a', 'b', 'c'].map((name) => layer(name, conv(2), relu())),
      learn: local(clapp({ pool: 1 })),
    })
    writeBundle(bundle, compile(made, { shards: 2, fused: false }))
    const settings = { steps: 12, seed: 1, threads: 1, checkpointEvery: 4, prepareAhead: 0 }
    return { bundle, data, out: join(root, 'run'), ...settings, ...change }
  }
  const grouped = { parallel: 'shards', workers: 4 } as const

  /** What a run leaves, but for its speed. */
  const leaves = (folder: string) => {
    const { metrics, checkpoint } = runFiles(folder)
    const lines = readMetrics(metrics).map(({ step, epoch, rate, losses }) => ({ step, epoch, rate, losses }))
    return { lines, checkpoint: readFileSync(checkpoint) }
  }
  const ofShardsInTurn = async () => {
    const options = given({ parallel: 'none' })
    await train(options)
    return leaves(options.out)
  }

  test.each([1, 4, 7, 11])('killed after step %i goes on to the same bits', async (step) => {
    const options = given(grouped)
    const onProgress = (progress: Progress) => {
      if (progress.step === step) throw new Error('killed')
    }
    await expect(train({ ...options, onProgress })).rejects.toThrow('killed')
    // With fewer workers, more of them, or in turn.
    const workers = { 1: 4, 4: 2, 7: 6, 11: 1 }[step]
    await train({ out: options.out, resume: true, prepareAhead: 0, workers })
    expect(leaves(options.out)).toEqual(await ofShardsInTurn())
  })

  test('lets its batches be prepared ahead, to the same bits', async () => {
    const options = given({ ...grouped, prepareAhead: 3 })
    await train(options)
    expect(leaves(options.out)).toEqual(await ofShardsInTurn())
  })

  test('stopped, finishes the steps under way, writes a checkpoint of them and goes on', async () => {
    const options = given({ ...grouped, checkpointEvery: 100 })
    const stop = new AbortController()
    const onProgress = ({ step }: Progress) => {
      if (step === 5) stop.abort()
    }
    expect(await train({ ...options, signal: stop.signal, onProgress })).toMatchObject({ stopped: true })
    await train({ out: options.out, resume: true, prepareAhead: 0 })
    expect(leaves(options.out).checkpoint).toEqual((await ofShardsInTurn()).checkpoint)
  })

  test.each([
    [
      'a number of workers that is not for all shards',
      3,
      /3 workers for 2 shards[^]*at most 2 workers, or 2 for each[^]*: 4;/,
    ],
    [
      'more groups than there are graphs',
      8,
      /4 groups of 2 workers for 3 training graphs[^]*at most --workers 6/,
    ],
  ])('of %s is refused', async (_, workers, problem) => {
    await expect(train(given({ ...grouped, workers }))).rejects.toThrow(problem)
  })

  test.each([
    [
      'reads from above',
      local(clappDirectFeedback(tinyPools)),
      /'conv1\.learn' changes conv1\.weight, which 'conv1\.forward' needs[^]*layers cannot work on different batches/,
    ],
    ['is backpropagated', global(clapp()), /2 groups of 2 workers for 1 training graph[^]*--threads/],
  ])('of a rule that %s is refused as a pipeline is', async (_, learn, problem) => {
    const bundle = compile(tiny({ learn }), { shards: 2, fused: false })
    await expect(leftByWorkers(bundle, 4)).rejects.toThrow(problem)
  })
})
