import { beforeAll, describe, expect, test } from 'vitest'
import { describeShards } from '../../src/cli/shards/description.ts'
import { largestDivisor, shardsForTraining, type ShardsAsked } from '../../src/cli/shards/for-training.ts'
import { threadsOfRun } from '../../src/cli/sweep/plan.ts'
import { present } from '../../src/base/lists.ts'
import { findData } from '../../runtime/data/open.ts'
import { tinyProgram } from '../support/programs.ts'
import { tinySharded } from '../runtime/tiny-shards.ts'
import { fashionMnist, hebb, newFolder, tinyProgram as programText, write } from './run-hebb.ts'

/** Shards on the command line: how many, and what they say to each other. */

describe('what crosses between shards', () => {
  const described = describeShards(present(tinySharded(2).manifest.sharded, 'sharded'))

  test('is what one reads and another has made, before the graph that reads it first', () => {
    expect(described).toMatchObject({ shards: 2, images: 2 })
    expect(described.stages).toEqual([
      { graph: 'sharded.seen', by: 'every shard', runs: 2, flops: 0, bytes: 0 },
      // Of four weights each renews two, and needs those of the other.
      { graph: 'sharded.first.forward', by: 'every shard', runs: 2, flops: 0, bytes: 2 * 8 },
      // A sum of squares, and one of four gradients.
      { graph: 'sharded.first.sum', by: 'shard 1', runs: 1, flops: 0, bytes: 4 + 16 },
      // The weight that shard 1 renews.
      { graph: 'sharded.second.forward', by: 'every shard', runs: 2, flops: 0, bytes: 4 },
      { graph: 'sharded.second.learn', by: 'shard 1', runs: 1, flops: 0, bytes: 4 + 4 },
      // Half of the gradient.
      { graph: 'sharded.first.update', by: '4 blocks, 2 a shard', runs: 4, flops: 0, bytes: 8 },
    ])
  })

  test('is told by layer: of what a step computes, and of parameters that the step before has left', () => {
    expect(described.layers).toEqual([
      { layer: 'first', computed: 28, renewed: 16 },
      { layer: 'second', computed: 8, renewed: 4 },
    ])
    expect(described.bytes).toBe(56)
  })

  test('is nothing of what each keeps a part of', () => {
    expect(described.inParts).toEqual([
      { name: 'first.weight.momentum', bytes: 16 },
      { name: 'seen', bytes: 16 },
    ])
  })

  test('is more where there are more shards', () => {
    const { bytes } = describeShards(present(tinySharded(4).manifest.sharded, 'sharded'))
    expect(bytes).toBeGreaterThan(described.bytes)
  })
})

describe('how many shards a training is worth', () => {
  const { input } = tinyProgram()
  const source = () => findData(fashionMnist)
  const shards = (asked: ShardsAsked, batch = 20) =>
    shardsForTraining(asked, source)({ input: { ...input, channels: 1, height: 28, width: 28 }, batch })

  test('is the largest divisor of a batch that is at most so much', () => {
    expect([2, 3, 4, 7, 16].map((most) => largestDivisor(20, most))).toEqual([2, 2, 4, 5, 10])
    expect(largestDivisor(7, 4)).toBe(1)
  })

  test('is what somebody asks for, of a short run, too', async () => {
    expect(await shards({ shards: 5, steps: 1 })).toBe(5)
  })

  test('is some where shards are asked for without a number', async () => {
    for (const parallel of ['shards', 'none'] as const) {
      const number = await shards({ parallel, steps: 1 })
      expect(20 % present(number, 'a number')).toBe(0)
      expect(number).toBeGreaterThan(1)
    }
  })

  test('is refused where none up to the cores divides the batch, with those that do', async () => {
    for (const parallel of ['shards', 'none'] as const) {
      const asked = shards({ parallel, steps: 1 }, 257 * 17)
      await expect(asked).rejects.toThrow(
        'a batch of 4369 is not dealt evenly to any number of shards up to ',
      )
      await expect(asked).rejects.toThrow('divides the batch: 17.')
      await expect(shards({ parallel, steps: 1 }, 257)).rejects.toThrow('another batch')
    }
  })

  test.each([
    ['a short run', { steps: 999 }],
    ['few epochs of few images', { epochs: 1 }],
    ['threads', { steps: 5000, parallel: 'threads' }],
    ['the pipeline of layers', { steps: 5000, parallel: 'pipeline' }],
    ['workers', { steps: 5000, workers: 2 }],
    ['a number of threads', { steps: 5000, threads: 1 }],
    ['a GPU', { steps: 5000, provider: 'cuda' }],
  ] as const)('is none of %s', async (_, asked) => {
    expect(await shards(asked)).toBeUndefined()
  })
})

test('a sweep divides the cores among the threads of each run', () => {
  expect(threadsOfRun({})).toBe(1)
  expect(threadsOfRun({ workers: 3 })).toBe(3)
  expect(threadsOfRun({ parallel: 'pipeline' })).toBe(2)
  expect(threadsOfRun({ parallel: 'shards', shards: 4 })).toBe(4)
  expect(threadsOfRun({ parallel: 'shards', shards: 4, workers: 2 })).toBe(2)
  expect(threadsOfRun({ parallel: 'none', shards: 4 })).toBe(1)
})

describe.concurrent('hebb', () => {
  const folder = newFolder()
  beforeAll(async () => {
    write(folder, 'mine.ts', programText())
    await hebb(['compile', 'mine.ts', '--out', 'plain'], folder)
    await hebb(['compile', 'mine.ts', '--out', 'dealt', '--shards', '4'], folder)
  })

  test('compile --shards adds a step that is dealt to them', async () => {
    const { code, stdout } = await hebb(['inspect', 'dealt'], folder)
    expect(code).toBe(0)
    expect(stdout).toMatch(/, 2 training graphs, and 4 shards$/m)
    expect(stdout).toMatch(/^sharded +train\.0 /m)
  })

  test('compile says how many images each has, and whether activity is made again', async () => {
    const { stdout } = await hebb(
      ['compile', 'mine.ts', '--out', 'again', '--shards', '4', '--recompute'],
      folder,
    )
    expect(stdout).toMatch(/^4 shards, each of 5 images, whose activity is made again for its gradients$/m)
  })

  test('inspect --shards shows who does what, and what crosses', async () => {
    const { code, stdout } = await hebb(['inspect', 'mine.ts', '--shards', '2'], folder)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^A step of 2 shards, each of 10 images:$/m)
    expect(stdout).toMatch(/^run +graph +by +FLOPs of each +of other shards$/m)
    expect(stdout).toMatch(/^ +1 +train\.0 +every shard +[\d.]+ M +[\d.]+ k?B$/m)
    expect(stdout).toMatch(/^layer +computed +new parameters +in all$/m)
    expect(stdout).toMatch(/^conv2( +[\d.]+ k?B){3}$/m)
    const json = await hebb(['inspect', 'dealt', '--shards', '4', '--json'], folder)
    expect(JSON.parse(json.stdout)).toMatchObject({ shards: 4, images: 5, layers: [{ layer: 'conv1' }, {}] })
  })

  test('inspect --shards says of layers apart how many groups may work on different batches', async () => {
    await hebb(['compile', 'mine.ts', '--out', 'apart', '--shards', '4', '--no-fused'], folder)
    const { stdout } = await hebb(['inspect', 'apart', '--shards', '4'], folder)
    expect(stdout).toMatch(/^ +1 +conv1\.0 +every shard /m)
    expect(stdout).toMatch(/^Layers may work on different batches, in up to 2 groups: --workers 8\.$/m)
  })

  test('inspect --shards --graph shows one of its graphs', async () => {
    const { stdout } = await hebb(['inspect', 'mine.ts', '--shards', '2', '--graph', 'train.0'], folder)
    expect(stdout).toMatch(/^graph train\.0: /m)
  })

  test.each([
    [['inspect', 'plain', '--shards', '2'], 'BundleError: plain was compiled for no shards, not for 2\n'],
    [['inspect', 'dealt', '--shards', '2'], 'BundleError: dealt was compiled for 4 shards, not for 2\n'],
    [['inspect', 'mine.ts', '--shards', '3'], 'LoweringError: 20 images are not dealt evenly to 3 shards\n'],
    [
      ['compile', 'mine.ts', '--shards', '8', '--out', 'x'],
      'LoweringError: 20 images are not dealt evenly to 8 shards\n',
    ],
  ])('%j is a mistake, with what to do', async (words, problem) => {
    const { code, stderr } = await hebb(words, folder)
    expect(stderr).toContain(problem)
    expect(stderr).toMatch(/\n {2}(Compile it|Compile|Give .*: 2, 4, 5, 10, 20\.)/i)
    expect(code).toBe(1)
  })

  const data = ['--data', fashionMnist, '--out', 'run']
  test.each([
    [['compile', 'mine.ts', '--out', 'x', '--shards', '1'], 'must be a whole number from 2 to 256'],
    [['train', 'mine.ts', ...data, '--shards', 'many'], 'must be a whole number from 2 to 256'],
    [
      ['train', 'plain', ...data, '--shards', '2'],
      'plain is no program: --shards deals the batches of programs',
    ],
    [['compile', 'mine.ts', '--out', 'x', '--recompute'], "option '--recompute' is for --shards"],
    [
      ['train', 'mine.ts', ...data, '--shards', '2', '--parallel', 'pipeline'],
      '--shards are for --parallel shards or none, not pipeline: leave one of them out; of layers and shards, give --shards 2 --workers 4',
    ],
    [['train', '--resume', '--out', 'run', '--shards', '2'], '--shards is for a new run'],
    [['train', 'mine.ts', ...data, '--parallel', 'all'], 'must be threads, shards, pipeline, none'],
    [
      ['train', 'mine.ts', ...data, '--parallel', 'none', '--workers', '2'],
      '--parallel none is of one thread: leave --workers out',
    ],
  ])('%j is a mistake of usage', async (words, problem) => {
    const { code, stderr } = await hebb(words, folder)
    expect(stderr).toContain(problem)
    expect(code).toBe(2)
  })
})
