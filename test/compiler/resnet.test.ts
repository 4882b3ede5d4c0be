import { describe, expect, test } from 'vitest'
import { blocks, compile, global, local, program, sgd, type Credit } from '../../src/index.ts'
import { clapp, clappDirectFeedback, infoNCE } from '../../rules/index.ts'
import { backpropagation, blockwise, resnet18 } from '../../rules/recipes/resnet18.ts'
import { runProgram, type RunOptions } from '../support/run-program.ts'
import { relativeError } from '../support/samples.ts'
import type { Program } from '../../src/index.ts'

/** ResNet-18 for images of 32 pixels, block by block and as a whole. */

const encoderSize = (program: Program): number =>
  compile(program).manifest.encode.parameters.reduce(
    (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
    0,
  )

describe('at full size', () => {
  test('has the layers and parameters of ResNet-18 without its classifier', () => {
    const { layers } = compile(blockwise).manifest.program
    expect(layers.map(({ name, shape }) => `${name} ${shape.join('×')}`)).toEqual([
      'stem 64×32×32',
      'block1 64×32×32',
      'block2 64×32×32',
      'block3 128×16×16',
      'block4 128×16×16',
      'block5 256×8×8',
      'block6 256×8×8',
      'block7 512×4×4',
      'block8 512×4×4',
    ])
    // PyTorch's 11,173,962 for CIFAR-10, less the classifier's 10 × 512 + 10.
    expect(encoderSize(blockwise)).toBe(11_168_832)
  })

  test('local credit cuts between all blocks, global credit nowhere', () => {
    const graphs = (program: Program) =>
      compile(program, { target: 'portable' }).manifest.train.graphs.map(({ name }) => name)
    expect(graphs(blockwise)).toEqual(['stem', ...[1, 2, 3, 4, 5, 6, 7, 8].map((i) => `block${i}`)])
    expect(graphs(backpropagation)).toEqual(['stem-block8'])
  })
})

const small = (
  learn: Credit<'a' | 'b'>,
  width: number,
  size: number,
  dtype: 'float32' | 'float64',
): Program =>
  program({
    input: { channels: 3, size },
    batch: 4,
    encoder: resnet18({ width }),
    learn,
    optimizer: sgd({ lr: 0.01, momentum: 0.9 }),
    dtype,
  })

/** Batch norm reads statistics over the batch, which the rules themselves do not. */
const allow = ['statistics'] as const

test.each([
  ['local', local(clapp(), { allow })],
  ['global', global(infoNCE({ dimension: 8, symmetric: true }))],
] as const)(
  'two steps under %s credit move every parameter and every running statistic',
  async (_, learn) => {
    const after = async (steps: number) => runProgram(small(learn, 8, 32, 'float32'), { steps })
    const [start, end] = [await after(0), await after(2)]
    expect(end.losses.every(Number.isFinite)).toBe(true)
    for (const [name, values] of end.values) {
      expect(values.every(Number.isFinite), name).toBe(true)
      expect(values, name).not.toEqual(start.values.get(name))
    }
  },
)

test.each([
  ['local', local(clapp(), { allow })],
  ['local, direct feedback', local(clappDirectFeedback('global'), { allow })],
  ['blocks', blocks([1, 4, 4], clapp(), { allow })],
] as const)('under %s credit fused and per layer are the same, exactly in float64', async (_, learn) => {
  const tiny = small(learn, 2, 16, 'float64')
  expect(await runProgram(tiny, { fused: true, steps: 2 })).toEqual(await runProgram(tiny, { steps: 2 }))
})

test.each([
  ['local', local(clapp(), { allow })],
  ['global', global(infoNCE({ dimension: 8, symmetric: true }))],
] as const)('under %s credit two shards have the statistics of the whole batch', async (_, learn) => {
  const run = (options: RunOptions) => runProgram(small(learn, 4, 16, 'float64'), { steps: 2, ...options })
  const [whole, dealt] = [await run({ fused: true }), await run({ shards: 2 })]
  expect(relativeError(dealt.losses, whole.losses)).toBeLessThan(1e-12)
  expect(relativeError([...dealt.values.values()].flat(), [...whole.values.values()].flat())).toBeLessThan(
    1e-12,
  )
})
