import { describe, expect, test } from 'vitest'
import { compile } from '../../src/compile.ts'
import {
  blocks,
  conv,
  dropout,
  flatten,
  global,
  layer,
  linear,
  local,
  program,
  relu,
  rule,
  sgd,
  type Layer,
  type Module,
  type RuleContext,
  type Tensor,
  type Transform,
} from '../../src/index.ts'
import { fileNames } from '../../src/bundle/file-names.ts'
import { runProgram } from '../support/run-program.ts'

/** Names of layers, parameters and draws: whatever they are, no two things of a bundle get one. */

const agree = rule('agree', ({ out }) => out.rows.square().mean())
const layers = (...names: string[]) => names.map((name) => layer(name, conv(2), relu()))

const withLayers = (encoder: readonly Layer[], learn = local(agree)) =>
  program({ input: { channels: 1, size: 4 }, batch: 2, encoder, learn, optimizer: sgd({ lr: 0.1 }) })

const learning = (teach: (context: RuleContext) => Tensor) =>
  withLayers(layers('one', 'two'), local(rule('mine', teach)))

/** A module with a parameter of this name. */
const named = (name: string): Module => ({
  summary: name,
  origin: undefined,
  apply: (x, { parameter }) => x.mul(parameter(name, [1], () => ({ kind: 'constant', value: 2 }), 1)),
})

test('two layers of one name are told at the second', () => {
  const first = layer('same', conv(2), relu())
  const second = layer('same', conv(2), relu())
  expect(() => withLayers([first, second])).toThrow(`names.test.ts:${second.origin?.line ?? 0}`)
  expect(second.origin).not.toEqual(first.origin)
})

describe('layers may be called', () => {
  test.each([
    ['as files of the bundle', ['augment', 'encode', 'probe', 'manifest', 'train']],
    ['as inputs of the graphs', ['views', 'images', 'labels', 'step', 'learning_rate', 'features']],
    ['as outputs of the graphs', ['loss', 'logits', 'rows', 'out', 'top']],
    ['as devices', ['aux', 'CON', 'nul', 'com1']],
    ['alike but for case', ['Conv', 'conv', 'CONV']],
    ['as what objects inherit', ['constructor', 'toString', 'hasOwnProperty', 'valueOf']],
    ['by very long names', ['x'.repeat(300), `${'x'.repeat(299)}y`]],
  ])('%s', async (_, names) => {
    const mine = withLayers(layers(...names))
    const bundle = compile(mine)
    const files = [...bundle.files.keys()]
    expect(new Set(files.map((file) => file.toLowerCase())).size).toBe(files.length)
    expect(files.filter((file) => file.length > 130 || /^(aux|con|nul|com1)\./i.test(file))).toEqual([])
    const { losses } = await runProgram(mine, { steps: 1 })
    expect(losses).toHaveLength(names.length)
    expect(losses.every(Number.isFinite)).toBe(true)
  })

  test('as a block is called', () => {
    const { manifest } = compile(withLayers(layers('a', 'b', 'a-b'), blocks([2, 1], agree)))
    expect(manifest.train.graphs.map(({ name }) => name)).toEqual(['a-b', 'a-b_2'])
  })
})

describe('a custom module', () => {
  test.each(['out', 'loss', 'input', 'average', 'spatial', 'alignment', 'weight', 'constructor'])(
    'may have a parameter called %s',
    async (name) => {
      const encoder = [layer('one', conv(2), named(name)), layer('two', conv(2), named(name))]
      for (const learn of [local(agree), global(agree)]) {
        const mine = withLayers(encoder, learn)
        for (const { inputs, outputs } of compile(mine).manifest.train.graphs) {
          const names = [...inputs, ...outputs].map((each) => each.name)
          expect(new Set(names).size).toBe(names.length)
        }
        await runProgram(mine, { steps: 1 })
      }
    },
  )

  test.each(['', 'a b', "weight'", 'a/b', 'a\nb', '1st'])('may not have one called %j', (name) => {
    expect(() => compile(withLayers([layer('one', conv(2), named(name))]))).toThrow(
      /parameter: name is .*give a name/s,
    )
  })

  /** Draws under these names, one number each. */
  const drawing = (...names: string[]): Module => ({
    summary: 'drawing',
    origin: undefined,
    apply: (x, { uniform }) => names.reduce((y, name) => y.mul(uniform(name, 1)), x),
  })
  const drawn = (...modules: Module[]) =>
    compile(withLayers([layer('one', conv(2), ...modules)])).manifest.train.draws.map(({ name }) => name)

  test.each([
    [
      ['mask', 'mask', 'mask2'],
      ['one.mask', 'one.mask2', 'one.mask22'],
    ],
    [
      ['mask2', 'mask', 'mask'],
      ['one.mask2', 'one.mask', 'one.mask3'],
    ],
  ])('draws %j apart', (names, found) => {
    expect(drawn(drawing(...names))).toEqual(found)
  })

  test('draws apart where a rule applies its layer again, whatever the shapes', () => {
    const narrow = [1, 1, 12].flatMap((units) => [linear(units), dropout(0.5)])
    const follow = rule('follow', ({ out, target }) => out.rows.sub(target(0.9).rows).square().mean())
    const { manifest } = compile(withLayers([layer('one', flatten(), ...narrow)], local(follow)))
    expect(new Set(manifest.train.draws.map(({ name }) => name)).size).toBe(6)
  })

  test('may give a parameter and a draw one name', () => {
    const both: Module = {
      summary: 'both',
      origin: undefined,
      apply: (x, { parameter, uniform }) =>
        x.mul(parameter('mask', [1], () => ({ kind: 'constant', value: 2 }), 1)).add(uniform('mask', 1)),
    }
    const { manifest } = compile(withLayers([layer('one', conv(2), both)]))
    expect(manifest.train.draws.map(({ name }) => name)).toEqual(['one.mask2'])
  })
})

describe('a rule', () => {
  test.each(['', ' ', 'a\nb', 'a\u001b[31m', 'x'.repeat(300)])('may not be called %j', (name) => {
    expect(() => rule(name, ({ out }) => out.rows.mean())).toThrow(/rule: name is .*give a name/s)
  })

  test.each(['a/b', 'α "β"', "it's", 'clapp++'])('may be called %j, its parameters large', async (name) => {
    const mine = rule(name, ({ out, parameter }) => {
      const x = out.rows.flatten(1)
      return x
        .matmul(parameter('p', [x.size(1), 4096]))
        .square()
        .mean()
    })
    await runProgram(withLayers(layers('one'), local(mine)), { steps: 1 })
  })

  test.each([
    ['views', ({ out, uniform }: RuleContext) => out.rows.mean().mul(uniform('views'))],
    ['step', ({ out, uniform }: RuleContext) => out.rows.mean().mul(uniform('step'))],
    ['one.weight', ({ out, uniform }: RuleContext) => out.rows.mean().mul(uniform('one.weight').mean())],
    ['one.out', ({ out, uniform }: RuleContext) => out.rows.mean().mul(uniform('one.out').mean())],
    [
      'negatives',
      ({ out, uniform, negatives }: RuleContext) =>
        out.rows
          .rows(negatives().reshape(-1))
          .mean()
          .mul(uniform('negatives', 1, 4).mean()),
    ],
  ])('may not draw %s, which is something else', (_, teach) => {
    expect(() => compile(learning(teach))).toThrow(/names\.test\.ts:\d+[^]*another name/)
  })

  test.each([
    ['parameter', ({ parameter }: RuleContext) => parameter('.a', [2])],
    ['fixed', ({ fixed }: RuleContext) => fixed('a\u0000', [2])],
    ['memory', ({ memory }: RuleContext) => memory('', [2], (before) => before)],
    ['previous', ({ previous, out }: RuleContext) => previous('a b', out.rows)],
    ['uniform', ({ uniform }: RuleContext) => uniform('a/b', 2)],
  ])('gives %s a name of letters', (what, make) => {
    const teach = (context: RuleContext) => context.out.rows.mean().add(make(context).mean())
    expect(() => compile(learning(teach))).toThrow(new RegExp(`${what}: name is [^]*names\\.test\\.ts`))
  })
})

test('a rule does not share the draws of a module by accident', () => {
  const teach = ({ out, uniform }: RuleContext) =>
    out.rows.mul(uniform('one.dropout', ...out.rows.shape)).mean()
  const mine = withLayers([layer('one', conv(2), dropout(0.5))], local(rule('mine', teach)))
  expect(() => compile(mine)).toThrow(
    /'one\.dropout' of the rule would be the same numbers as that of layer 'one'[^]*another name/,
  )
})

describe('transforms', () => {
  const drawing = (name: string, what: string): Transform => ({
    name,
    apply: (x, draw) => x.mul(draw(what).reshape(-1, 1, 1, 1)),
  })
  const drawn = (...augment: Transform[]) =>
    compile({ ...withLayers(layers('one')), augment }).manifest.augment.draws.map(({ name }) => name)

  test.each([
    [
      ['a', 'a', 'a2'],
      ['augment.a.x', 'augment.a2.x', 'augment.a22.x'],
    ],
    [
      ['a2', 'a', 'a'],
      ['augment.a2.x', 'augment.a.x', 'augment.a3.x'],
    ],
  ])('called %j draw apart', (names, found) => {
    expect(drawn(...names.map((name) => drawing(name, 'x')))).toEqual(found)
  })

  test('do not share draws whose names become one', () => {
    expect(() => drawn(drawing('a', 'b.c'), drawing('a.b', 'c'))).toThrow(
      /'augment\.a\.b\.c' of transform 'a\.b' would be the same numbers as that of transform 'a'/,
    )
  })
})

test.each(['', 'a\nb', 7, undefined])('%j is not a view', (view) => {
  const views = ['a', view] as string[]
  expect(() =>
    program({
      ...{ input: { channels: 1, size: 4 }, batch: 2, encoder: layers('one'), views },
      ...{ learn: local(rule('mine', ({ out }) => out.rows.mean())), optimizer: sgd({ lr: 0.1 }) },
    }),
  ).toThrow(/views\[1\] is/)
})

test('names of files are those of the graphs where they can be', () => {
  expect(fileNames(['conv1', 'conv1.forward', 'CONV1', 'aux', 'aux.forward', 'a/b'])).toEqual([
    'conv1.onnx',
    'conv1.forward.onnx',
    'CONV1_2.onnx',
    '_aux.onnx',
    '_aux.forward.onnx',
    'a_b.onnx',
  ])
})
