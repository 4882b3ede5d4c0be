import { describe, expect, test } from 'vitest'
import {
  batchNorm,
  blocks,
  classify,
  compile,
  concat,
  conv,
  flatten,
  global,
  layer,
  lengthNorm,
  linear,
  local,
  maxPool,
  relu,
  rule,
  type Credit,
  type Layer,
  type Program,
  type Rule,
  type RuleContext,
  type SignalKind,
  type Tensor,
} from '../../src/index.ts'
import { clapp } from '../../rules/index.ts'
import { clappReads } from '../../rules/clapp.ts'
import { checkDeclared, localityTable, readUpdates } from '../../src/cut/locality.ts'
import { alwaysAllowed, describeSignal, inRuns, layersOf, signalNames } from '../../src/bundle/signals.ts'
import { expectGolden, goldenFile } from '../support/golden.ts'
import { tinyEncoder, tinyPools, tinyProgram } from '../support/programs.ts'
import { giveCredit, ruleCases } from '../support/rule-cases.ts'
import { traceProgram } from '../support/trace-program.ts'

type Pair = 'a' | 'b'
type Teach = (context: RuleContext<Pair>) => Tensor

/** The table of a program, held to what its rule declares; as `compile` does, without the graphs. */
function rows(program: Program) {
  const { traced } = traceProgram(program)
  const updates = readUpdates(traced, program.batch)
  checkDeclared(updates, program.learn)
  return localityTable(
    updates,
    traced.layers.map(({ name }) => name),
  )
}
const locality = (learn: Credit, encoder: readonly Layer[] = tinyEncoder(), views?: readonly string[]) =>
  rows(tinyProgram({ learn, encoder, ...(views ? { views } : {}) }))
/** `pre post top(conv3)`, of one parameter. */
const reads = (learn: Credit<Pair>, parameter: string, encoder?: readonly Layer[]): string =>
  (locality(learn, encoder).find((row) => row.parameter === parameter)?.reads ?? [])
    .map(({ kind, layer }) => (layer === undefined ? kind : `${kind}(${layer})`))
    .join(' ')
const kinds = (teach: Teach, parameter = 'conv2.weight', encoder?: readonly Layer[]): string =>
  reads(local(rule('mine', teach)), parameter, encoder)

const averages = (x: Tensor): Tensor => x.mean(2, 3)

describe('of every rule, the table is the golden one', () => {
  test.each(ruleCases.map((each) => [each.name, each] as const))(
    '%s',
    (name, { rule, credits, encoder, views }) => {
      const text = credits.flatMap((credit) => [
        `${credit} credit`,
        ...locality(giveCredit[credit](rule), encoder(), views).map(
          ({ parameter, reads }) => `  ${parameter} reads ${reads.map(describeSignal).join(', ')}`,
        ),
      ])
      expectGolden(`locality/${goldenFile(name)}`, `${text.join('\n')}\n`)
    },
  )
})

describe('an update reads', () => {
  test('its input, and its activity where the nonlinearity is bent', () => {
    expect(kinds(({ out }) => averages(out.rows).sum())).toBe('pre post')
    const straight = [layer('conv1', conv(3)), layer('conv2', conv(3))]
    expect(kinds(({ out }) => averages(out.rows).sum(), 'conv2.weight', straight)).toBe('pre')
    expect(kinds(({ out }) => averages(out.rows).sum(), 'conv2.bias', straight)).toBe('')
  })

  test('its input, flattened or normalised before the weights see it', () => {
    const encoder = [layer('conv1', conv(3)), layer('dense', flatten(), linear(4))]
    expect(kinds(({ out }) => out.rows.flatten(1).sum(), 'dense.weight', encoder)).toBe('pre')
    const normed = [layer('conv1', conv(3)), layer('conv2', lengthNorm(), conv(4))]
    expect(kinds(({ out }) => averages(out.rows).sum(), 'conv2.weight', normed)).toBe('pre scalar')
  })

  test('parameters of its rule, and fixed ones', () => {
    const scored: Teach = ({ out, parameter }) =>
      averages(out.rows)
        .mul(parameter('gain', [out.rows.size(1)]))
        .sum()
    expect(kinds(scored)).toBe('pre post own')
    const fixed: Teach = ({ out, fixed }) =>
      averages(out.rows)
        .mul(fixed('gain', [out.rows.size(1)]))
        .sum()
    expect(kinds(fixed)).toBe('pre post own')
  })

  test('the layer below as its input, not as another layer', () => {
    const below: Teach = ({ out, of }) =>
      averages(out.rows)
        .sum(1)
        .mul(averages(of('conv1').rows).sum(1))
        .sum()
    expect(kinds(below)).toBe('pre post scalar')
    expect(kinds(below, 'conv3.weight')).toBe('pre post layers(conv1) scalar')
  })

  test('the top layer, unless it is the top', () => {
    const feedback: Teach = ({ out, top, parameter }) =>
      averages(top.rows)
        .matmul(parameter('B', [4, out.rows.size(1)]))
        .mul(averages(out.rows))
        .sum()
    expect(kinds(feedback)).toBe('pre post own top(conv3)')
    expect(kinds(feedback, 'conv3.weight')).toBe('pre post own')
  })

  test('labels, and the image from above the first layer', () => {
    const supervised: Teach = ({ out, labels, images }) =>
      averages(out.a).mul(labels.cast(out.a.dtype).reshape(images, 1)).sum()
    expect(kinds(supervised)).toBe('pre post labels')
    const seeing: Teach = ({ out, input }) =>
      averages(out.rows)
        .mul(averages(input.rows).slice(1, 0, 1))
        .sum()
    expect(reads(global(rule('mine', seeing)), 'conv3.weight')).toBe('pre post image')
    expect(reads(global(rule('mine', seeing)), 'conv1.weight')).toMatch(/^pre post top/)
  })

  test('draws', () => {
    const dropped: Teach = ({ layer, out, uniform }) =>
      out.rows
        .mul(
          uniform(`${layer}.mask`, ...out.rows.shape)
            .less(0.5)
            .cast(out.rows.dtype),
        )
        .square()
        .sum()
    expect(kinds(dropped)).toBe('pre post draws')
  })

  test('memories, and with them what was put into them', () => {
    const slow: Teach = ({ out, previous }) => {
      const now = averages(out.rows).mean(0)
      return now.sub(previous('mean', now)).mul(averages(out.rows)).sum()
    }
    expect(kinds(slow)).toContain('memory')
    const hidden: Teach = ({ out, top, previous }) =>
      averages(out.rows)
        .mul(previous('late', averages(top.rows)).slice(1, 0, 1))
        .sum()
    expect(kinds(hidden)).toBe('pre post memory top(conv3)')
    const centred: Teach = ({ out, previous }) => {
      const z = averages(out.rows)
      return z.mul(previous('late', z.sub(z.mean(0)).square().mean(0))).sum()
    }
    expect(kinds(centred)).toBe('pre post memory statistics')
  })

  test('moving averages of weights as weights, not as all that moved them', () => {
    const bootstrapped: Teach = ({ out, target }) =>
      averages(out.a)
        .sub(averages(target(0.9).b))
        .square()
        .sum()
    expect(kinds(bootstrapped)).toBe('pre post own memory')
    expect(reads(global(rule('mine', bootstrapped)), 'conv2.weight')).toBe(
      'pre post own memory top(conv3) layers(conv1) transport(conv1) transport(conv3) image',
    )
  })

  test('activity of its layer on another input, and that input', () => {
    const negative: Teach = ({ input, top, apply }) =>
      averages(apply(input.rows.add(top.rows.mean(1, 2, 3).reshape(6, 1, 1, 1)))).sum()
    expect(kinds(negative)).toBe('pre post own top(conv3) scalar')
  })

  test('other samples, statistics, a scalar', () => {
    const mixed = (mix: (z: Tensor) => Tensor) => kinds(({ out }) => mix(averages(out.rows)).square().sum())
    expect(mixed((z) => z)).toBe('pre post')
    expect(mixed((z) => concat([z.slice(0, 1, 6), z.slice(0, 0, 1)]).mul(z))).toBe('pre post samples')
    expect(mixed((z) => z.sub(z.mean(0)))).toBe('pre post statistics')
    expect(mixed((z) => z.mul(z.sum(1).reshape(6, 1)))).toBe('pre post scalar')
  })

  test('no scalar where its layer has one unit: that is its activity', () => {
    const hebbian = rule<Pair>('hebbian', ({ preactivation, weight, correlate }) => ({
      updates: { weight: correlate(preactivation.rows).sub(weight.mul(preactivation.rows.square().mean())) },
    }))
    expect(reads(local(hebbian), 'unit.weight', [layer('unit', flatten(), linear(1))])).toBe('pre post own')
  })

  test('statistics where its own layer normalises by the batch, whatever other layers do', () => {
    const encoder = [
      layer('conv1', conv(3)),
      layer('conv2', conv(3), batchNorm(), relu()),
      layer('conv3', conv(3)),
    ]
    const learn = local(rule<Pair>('mine', ({ out }) => averages(out.rows).square().sum()))
    expect(reads(learn, 'conv1.weight', encoder)).toBe('pre post')
    expect(reads(learn, 'conv2.weight', encoder)).toBe('pre post statistics')
    expect(reads(learn, 'conv3.weight', encoder)).toBe('pre post')
    const whole = global(rule<Pair>('mine', ({ out }) => averages(out.rows).square().sum()))
    expect(reads(whole, 'conv1.weight', encoder)).toContain('statistics')
    expect(reads(whole, 'conv3.weight', encoder)).toBe('pre post')
    const declared = rule<Pair>('mine', ({ out }) => averages(out.rows).square().sum(), {
      locality: ['pre', 'post'],
    })
    expect(() => locality(local(declared), encoder)).toThrow(
      /update of conv2\.weight reads statistics over the batch, which 'mine' does not declare/,
    )
    expect(() => locality(local(declared, { allow: ['statistics'] }), encoder)).not.toThrow()
  })

  test('of backpropagation, activity and weights of all layers above', () => {
    expect(reads(global(clapp({ pool: tinyPools })), 'conv1.weight')).toBe(
      'pre post samples top(conv3) layers(conv2) transport(conv2) transport(conv3) scalar draws',
    )
    expect(reads(blocks([2, 1], clapp({ pool: tinyPools })), 'conv1.weight')).toBe(
      'pre post samples layers(conv2) transport(conv2) scalar draws',
    )
  })

  test('the same whatever the batch', () => {
    const table = (batch: number) => rows(tinyProgram({ learn: local(clapp({ pool: tinyPools })), batch }))
    expect(table(2)).toEqual(table(7))
    expect(table(4)).toEqual(table(7))
  })
})

describe('a rule declares what its updates read', () => {
  const topDown = (locality?: readonly SignalKind[]): Rule<Pair> =>
    rule(
      'top-down',
      ({ out, top, parameter }) => {
        const prediction = averages(top.rows).matmul(parameter('B', [4, out.rows.size(1)]))
        return averages(out.rows).mul(prediction).sum()
      },
      locality ? { locality } : {},
    )

  test('and what it does not declare does not compile', () => {
    expect(() => locality(local(topDown(['pre', 'post', 'top'])))).not.toThrow()
    expect(() => locality(local(topDown()))).not.toThrow()
    const undeclared = tinyProgram({ learn: local(topDown(['pre', 'post'])) })
    expect(() => compile(undeclared)).toThrow(
      /^the update of conv1\.weight reads activity of the top layer \(conv3\), which 'top-down' does not declare\n {2}at .*locality\.test\.ts:\d+:\d+\n/,
    )
    expect(() => locality(local(topDown(['pre', 'top'])))).toThrow(/reads own postsynaptic activity/)
    expect(() => locality(local(topDown([])))).toThrow(
      /not declared either: own postsynaptic activity \('post'\), activity of the top layer \(conv3\) \('top'\)/,
    )
  })

  test('under global and block credit only layers that learn alone are held to it', () => {
    expect(() => locality(global(topDown(['pre'])))).not.toThrow()
    expect(() => locality(blocks([3], topDown(['pre'])))).not.toThrow()
    expect(() => locality(blocks([2, 1], topDown(['pre'])))).toThrow(/update of conv3\.weight/)
  })

  test('a program may allow more', () => {
    expect(() => locality(local(topDown(['pre', 'post']), { allow: ['top'] }))).not.toThrow()
    expect(() => locality(blocks([1, 2], topDown(['pre', 'post']), { allow: ['top'] }))).not.toThrow()
  })

  test('a misspelt signal is told with what it may have been', () => {
    const misspelt = JSON.parse('["prae"]') as SignalKind[]
    expect(() => topDown(misspelt)).toThrow(/rule: locality\[0\] is 'prae'[^]*did you mean 'pre'\?/)
    expect(() => local(topDown(), { allow: misspelt })).toThrow(/did you mean 'pre'/)
    expect(() => rule<Pair>('mine', ({ out }) => out.a, JSON.parse('{"localty":[]}') as object)).toThrow(
      /rule has no option 'localty'[^]*did you mean 'locality'/,
    )
    expect(() => local(topDown(), JSON.parse('{"alow":[]}') as object)).toThrow(/credit has no option 'alow'/)
  })

  test('each rule of the collection holds to what it declares, and reads all of it', () => {
    const declared = new Map<string, { locality: readonly SignalKind[]; read: Set<SignalKind> }>()
    for (const { rule, credits, encoder, views } of ruleCases) {
      if (!credits.includes('local')) continue
      expect(rule.locality, rule.name).toBeDefined()
      const key = `${rule.name} ${rule.locality?.join() ?? ''}`
      const { read } = declared.get(key) ?? { read: new Set() }
      for (const { reads } of locality(local(rule), encoder(), views))
        reads.forEach(({ kind }) => read.add(kind))
      declared.set(key, { locality: rule.locality ?? [], read })
    }
    for (const [name, { locality, read }] of declared)
      expect(
        signalNames.filter((kind) => read.has(kind) && !alwaysAllowed.includes(kind)),
        name,
      ).toEqual(locality)
  })

  test('CLAPP declares the top layer only where it reads it', () => {
    expect(clappReads('same')).not.toContain('top')
    expect(clappReads('top')).toContain('top')
    const same = clapp({ context: 'same' })
    expect(() => locality(local({ ...clapp({ context: 'top' }), locality: same.locality }))).toThrow(
      /which 'clapp' does not declare/,
    )
  })

  test('supervised classification of a head that learns alone', () => {
    const encoder = [layer('conv1', conv(3), relu(), maxPool(2)), layer('classes', flatten(), linear(3))]
    expect(reads(blocks([2], classify()), 'classes.weight', encoder)).toBe('pre post scalar labels')
  })
})

test('many neighbouring layers are told by the first and the last of them', () => {
  const order = Array.from({ length: 20 }, (_, i) => `conv${i}`)
  const of = (...places: number[]) => places.map((i) => ({ kind: 'layers' as const, layer: `conv${i}` }))
  const places = [1, 2, 5, ...Array.from({ length: 12 }, (_, i) => i + 7)]
  const runs = inRuns([{ kind: 'pre' }, ...of(...places)], order)
  expect(runs).toEqual([
    { kind: 'pre' },
    ...of(1, 2, 5),
    { kind: 'layers', layer: 'conv7', through: 'conv18' },
  ])
  expect(runs.flatMap((signal) => layersOf(signal, order))).toEqual(places.map((i) => `conv${i}`))
  expect(runs.map(describeSignal).at(-1)).toMatch(/conv7 to conv18$/)
})
