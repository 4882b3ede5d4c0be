import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  blocks,
  compile,
  conv,
  flatten,
  global,
  layer,
  linear,
  local,
  maxPool,
  relu,
  rule,
  sgd,
  UserError,
  type Credit,
  type Layer,
  type LayerOptions,
  type Rule,
  type RuleContext,
} from '../../src/index.ts'
import { byol, clapp, clappDirectFeedback, feedbackAlignment, forwardForward } from '../../rules/index.ts'
import { describeSignal } from '../../src/bundle/signals.ts'
import { layerTable } from '../../src/cli/describe.ts'
import { localityTable } from '../../src/cli/locality-table.ts'
import { gradientError } from '../support/gradient-check.ts'
import { tinyProgram } from '../support/programs.ts'
import { runProgram } from '../support/run-program.ts'
import { traceProgram } from '../support/trace-program.ts'

/** An encoder is a graph of layers: each reads those that it names, by default the one before it. */

const energy = (): Rule => rule('energy', ({ out }) => out.rows.square().mean())
const compiled = (encoder: readonly Layer[], learn: Credit = local(energy())) =>
  compile(tinyProgram({ encoder, learn, optimizer: sgd({ lr: 0.1 }) }))

const named = ({ files }: ReturnType<typeof compile>) =>
  new Map([...files].map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]))

test('a chain that says from is the chain: the same graphs, bit by bit, and the same manifest', () => {
  const chain = (explicit: readonly boolean[]) => {
    const options = (i: number, from: string): LayerOptions => (explicit[i] === true ? { from: [from] } : {})
    return [
      layer('one', options(0, 'input'), conv(3), relu()),
      layer('two', options(1, 'one'), conv(3), relu(), maxPool(2)),
      layer('three', options(2, 'two'), conv(2), relu()),
    ]
  }
  const credits = [local(energy()), blocks([1, 2], energy()), global(energy()), local(clappDirectFeedback(1))]
  const plain = credits.map((learn) => compiled(chain([]), learn))
  fc.assert(
    fc.property(
      fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
      fc.nat(credits.length - 1),
      (explicit, i) => {
        const [own, learn] = [plain[i], credits[i]]
        const same = compiled(chain(explicit), learn)
        expect(own && named(same)).toEqual(own && named(own))
        expect(same.manifest).toEqual(own?.manifest)
      },
    ),
    { numRuns: 8, seed: 1 },
  )
})

/** Concatenated, added up, the images among them; two maps that are half as large meet. */
const skips = (): Layer[] => [
  layer('a', conv(2), relu()),
  layer('b', conv(2), relu()),
  layer('c', { from: ['a', 'b'] }, conv(2), relu(), maxPool(2)),
  layer('d', { from: ['input'] }, conv(2, { stride: 2 }), relu()),
  layer('e', { from: ['d', 'c'], join: 'add' }, conv(3), relu()),
]

describe('what a layer reads', () => {
  const { manifest } = compiled(skips())

  test('is the channels of all, in their order, or their sum', () => {
    const shapes = Object.fromEntries(
      manifest.train.parameters.flatMap(({ name, shape }) =>
        name.endsWith('.weight') ? [[name, shape.join('×')]] : [],
      ),
    )
    expect(shapes).toEqual({
      'a.weight': '2×2×3×3',
      'b.weight': '2×2×3×3',
      'c.weight': '2×4×3×3',
      'd.weight': '2×2×3×3',
      'e.weight': '3×2×3×3',
    })
  })

  test('is in the manifest, and in the tables', () => {
    expect(manifest.program.layers.map(({ from, join }) => [from, join])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
      [['a', 'b'], undefined],
      [['input'], undefined],
      [['d', 'c'], 'add'],
    ])
    expect(layerTable(manifest)).toMatch(/max-pool\(2\) ← a, b .*\n.* ← input .*\n.* ← d \+ c /)
    expect(localityTable(manifest)).toMatch(/c\.weight +input \(a b\), activity/)
  })

  test('of features, joins by units', () => {
    const encoder = [
      layer('a', flatten(), linear(3), relu()),
      layer('b', linear(2), relu()),
      layer('c', { from: ['b', 'a'] }, linear(2)),
    ]
    const { train } = compiled(encoder).manifest
    expect(train.parameters.find(({ name }) => name === 'c.weight')?.shape).toEqual([2, 5])
  })

  test('is kept until the last graph that reads it is done', () => {
    expect(manifest.train.schedule).toEqual([
      { graph: 'a', drop: [] },
      { graph: 'b', drop: [] },
      { graph: 'c', drop: ['a.out', 'b.out'] },
      { graph: 'd', drop: [] },
      { graph: 'e', drop: ['d.out', 'c.out'] },
    ])
  })
})

describe('credit', () => {
  const readBy = (learn: Credit): Record<string, string[]> =>
    Object.fromEntries(
      compiled(skips(), learn).manifest.locality.flatMap(({ parameter, reads }) =>
        parameter.endsWith('.weight')
          ? [
              [
                parameter.replace('.weight', ''),
                reads.filter(({ layer }) => layer !== undefined).map(describeSignal),
              ],
            ]
          : [],
      ),
    )

  test('local: no gradient crosses a layer', () => {
    expect(readBy(local(energy()))).toEqual({ a: [], b: [], c: [], d: [], e: [] })
  })

  test('blocks: within a block, along all of its paths', () => {
    expect(readBy(blocks([3, 2], energy()))).toEqual({
      a: ['activity of b', 'activity of c', 'weights of b', 'weights of c'],
      b: ['activity of c', 'weights of c'],
      c: [],
      d: ['activity of the top layer (e)', 'weights of e'],
      e: [],
    })
  })

  test('global: along all paths, and along those alone', () => {
    const { d } = readBy(global(energy()))
    expect(d).toEqual(['activity of the top layer (e)', 'weights of e'])
  })

  test.each<[string, Credit]>([
    ['global', global(energy())],
    ['blocks', blocks([3, 2], energy())],
  ])('%s: gradients are right to 1e-6', async (_, learn) => {
    const { traced, feeds } = traceProgram(tinyProgram({ encoder: skips(), learn }))
    for (const { loss, taught } of traced.blockUpdates) {
      if (!loss) throw new Error('no loss')
      const parameters = taught.map(({ parameter }) => parameter.node)
      expect(await gradientError(loss, parameters, feeds, { elements: 4 })).toBeLessThan(1e-6)
    }
  })
})

describe('however it is cut into graphs, it learns the same bits', () => {
  test.each<[string, Credit]>([
    ['local', local(energy())],
    ['local, with feedback from the top', local(clappDirectFeedback(1))],
    ['blocks', blocks([3, 2], energy())],
    ['global', global(clapp({ pool: 1 }))],
    ['a target that follows', local(byol({ head: [3], predictor: 3 }))],
    ['a target of a block', global(byol({ head: [3], predictor: 3 }))],
  ])('%s', async (_, learn) => {
    const program = tinyProgram({ encoder: skips(), learn, optimizer: sgd({ lr: 0.1 }) })
    const apart = await runProgram(program, { steps: 2 })
    expect(await runProgram(program, { steps: 2, fused: true })).toEqual(apart)
    expect(await runProgram(program, { steps: 2, stepsPerRun: 2 })).toEqual(apart)
    expect(apart.losses.every(Number.isFinite)).toBe(true)
  })

  test('Forward-Forward learns in it', async () => {
    const encoder = [
      layer('a', flatten(), linear(4), relu()),
      layer('b', linear(4), relu()),
      layer('c', { from: ['a', 'b'] }, linear(4), relu()),
    ]
    const views = ['positive', 'negative']
    const { losses } = await runProgram(tinyProgram({ encoder, views, learn: local(forwardForward()) }), {
      steps: 2,
    })
    expect(losses.every(Number.isFinite)).toBe(true)
  })
})

describe('what cannot be is refused, at the line of the layer', () => {
  const told = (encoder: () => readonly Layer[], learn?: Credit): string => {
    try {
      compiled(encoder(), learn)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      expect(error.origin?.file).toMatch(/(encoder-graph\.test|feedback-alignment)\.ts$/)
      return error.message
    }
    return ''
  }
  const after = (...from: readonly string[]) => [
    layer('one', conv(2)),
    layer('two', { from }, conv(2)),
    layer('three', conv(2)),
  ]

  test.each<[string, () => readonly Layer[], RegExp]>([
    ['an unknown name', () => after('on'), /layer 'two' reads 'on', which is no layer[^]*did you mean 'one'/],
    ['a later layer', () => after('three'), /layer 'two' reads 'three', which comes after it[^]*input, one/],
    ['the layer itself', () => after('two'), /layer 'two' reads itself/],
    ['one twice', () => after('one', 'one'), /layer 'two' reads 'one' twice/],
    ['none', () => after(), /layer: from is \[\]/],
    ['a layer that nothing reads', () => after('input'), /no layer reads 'one'[^]*from: \['one', …\]/],
    [
      'a layer called input, read as such',
      () => [layer('input', conv(2)), layer('two', { from: ['input'] }, conv(2))],
      /'input', which is the images and a layer[^]*rename/,
    ],
    [
      'maps of two sizes, side by side',
      () => [layer('one', conv(2), maxPool(2)), layer('two', { from: ['input', 'one'] }, conv(2))],
      /layer 'two' cannot join what it reads[^]*8, 8\] {2}input\n[^]*4, 4\] {2}one[^]*channels alone/,
    ],
    [
      'maps and features',
      () => [
        layer('one', conv(2)),
        layer('two', flatten(), linear(2)),
        layer('three', { from: ['one', 'two'] }, conv(2)),
      ],
      /layer 'three' cannot join/,
    ],
    [
      'other numbers of channels, added up',
      () => [layer('one', conv(3)), layer('two', { from: ['input', 'one'], join: 'add' }, conv(2))],
      /layer 'two' cannot add up what it reads/,
    ],
    [
      'one layer, added up',
      () => [layer('one', conv(2)), layer('two', { from: ['one'], join: 'add' }, conv(2))],
      /layer 'two' joins the output of one layer/,
    ],
    [
      'another join',
      () => [layer('two', { from: ['input'], join: 'sum' as 'add' }, conv(2))],
      /layer: join is 'sum'[^]*'concat' or 'add'/,
    ],
    [
      'options after the modules',
      () => [Reflect.apply(layer, undefined, ['two', conv(2), { from: ['input'] }]) as Layer],
      /layer: modules\[1\] is an object \{ from \}/,
    ],
    [
      'a misspelt option',
      () => [layer('two', { fro: ['input'] } as LayerOptions, conv(2))],
      /did you mean 'from'/,
    ],
  ])('%s', (_, encoder, message) => {
    expect(told(encoder)).toMatch(message)
  })

  const branch = () => [
    layer('a', conv(2)),
    layer('b', { from: ['input'] }, conv(2)),
    layer('c', { from: ['a', 'b'] }, conv(2)),
  ]
  test('a layer that only another block reads', () => {
    expect(told(branch, blocks([2, 1], energy()))).toMatch(
      /no layer of its block reads 'a', so that nothing would teach it/,
    )
    expect(told(branch, blocks([1, 2], energy()))).toBe('')
  })

  test('feedback through layers that are no chain', () => {
    expect(told(branch, global(feedbackAlignment(energy())))).toMatch(
      /'c' does not read one layer that it alone reads[^]*without from/,
    )
    const chain = () => [layer('a', conv(2)), layer('b', conv(2))]
    expect(told(chain, global(feedbackAlignment(energy())))).toBe('')
  })

  test('a block of several inputs applied to another one', () => {
    const again = rule('again', ({ apply, input }: RuleContext) => apply(input.rows.mul(2)).square().mean())
    expect(told(branch, blocks([1, 2], again))).toMatch(
      /applies 'b', 'c' to another input, and they read more/,
    )
    expect(told(branch, global(again))).toBe('')
    expect(told(branch, local(again))).toBe('')
  })
})
