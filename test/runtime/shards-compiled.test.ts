import { describe, expect, test } from 'vitest'
import {
  adamw,
  batchNorm,
  compile,
  conv,
  flatten,
  global,
  layer,
  linear,
  local,
  relu,
  rule,
  type CompileOptions,
  type Credit,
} from '../../src/index.ts'
import { clapp, clappDirectFeedback, infoNCE } from '../../rules/index.ts'
import { initialValues } from '../../runtime/values/start.ts'
import { emulated } from '../support/emulate-float16.ts'
import { leftByWorkers, leftInTurn } from '../support/left-by-shards.ts'
import { tinyPools, tinyProgram } from '../support/programs.ts'

/** What the compiler deals to shards comes to the same bits in turn and in workers, for every kind of credit. */

const programs: readonly [string, Parameters<typeof tinyProgram>[0]][] = [
  ['a local rule', {}],
  ['direct feedback', { learn: local(clappDirectFeedback(tinyPools)) }],
  ['backpropagation', { learn: global(clapp()) }],
  [
    'statistics over the batch',
    {
      encoder: [layer('a', conv(4), batchNorm(), relu()), layer('b', conv(4), batchNorm(), relu())],
      learn: local(infoNCE({ dimension: 4 }), { allow: ['statistics'] }),
    },
  ],
  [
    'parameters that are updated in blocks',
    {
      encoder: [layer('dense', flatten(), linear(1024), relu()), layer('top', linear(1024), relu())],
      learn: global(infoNCE({ dimension: 8 })),
      optimizer: adamw({ lr: 1e-3 }),
    },
  ],
]

test.each(programs)('%s', async (_, change) => {
  const bundle = compile(tinyProgram(change), { shards: 3 })
  const { train } = bundle.manifest
  const inTurn = await leftInTurn(bundle)
  expect([...inTurn.bits.keys()]).toEqual([...initialValues(train, 0).keys()].sort())
  for (const workers of [2, 3]) expect(await leftByWorkers(bundle, workers)).toEqual(inTurn)
})

describe('in mixed precision, loss scales are adjusted by what all shards have counted', () => {
  const steep = rule<'a'>('steep', ({ out, layer }) => {
    const loss = out.a.square().mean()
    // Its gradients overflow at the first scales.
    return layer === 'conv2' ? loss.mul(1e6) : loss
  })
  const mixed = (learn: Credit, options: CompileOptions = {}) =>
    emulated(
      compile({ ...tinyProgram({ learn, dtype: 'float32' }), precision: 'mixed' }, { shards: 3, ...options }),
    )

  test('of one layer, and not of others', async () => {
    const { scales } = await leftInTurn(mixed(local(steep)))
    expect(scales.get('conv1.loss_scale')).toBe(2 ** 16)
    expect(scales.get('conv2.loss_scale')).toBeLessThan(2 ** 16)
  })

  test.each<[string, Credit]>([
    ['of each layer', local(steep)],
    ['of all layers together', global(infoNCE({ dimension: 4 }))],
    ['of layers that are told from above', local(clappDirectFeedback(tinyPools))],
  ])('%s', async (_, learn) => {
    const bundle = mixed(learn)
    const alone = await leftInTurn(bundle)
    for (const workers of [2, 3]) expect(await leftByWorkers(bundle, workers)).toEqual(alone)
  })

  test('of each layer in groups of them', async () => {
    const bundle = mixed(local(steep), { fused: false })
    expect(await leftByWorkers(bundle, 6)).toEqual(await leftInTurn(bundle))
  })
})
