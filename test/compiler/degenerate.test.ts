import { describe, expect, test } from 'vitest'
import { compile } from '../../src/compile.ts'
import { readUpdates } from '../../src/cut/locality.ts'
import {
  classify,
  conv,
  flatten,
  global,
  layer,
  lengthNorm,
  linear,
  local,
  patches,
  program,
  relu,
  rule,
  sgd,
  where,
  type Layer,
  type RuleContext,
  type Tensor,
} from '../../src/index.ts'
import { oja } from '../../rules/index.ts'
import { giveCredit, ruleCases, type RuleCase } from '../support/rule-cases.ts'
import { runProgram } from '../support/run-program.ts'
import { tinyEncoder } from '../support/programs.ts'
import { traceProgram } from '../support/trace-program.ts'

/** One image, one unit, one pixel, one class: nothing is told that is not there, and nothing that cannot learn is trained. */

interface Sizes {
  readonly batch: number
  readonly size: number
  readonly classes: number
}
const ordinary: Sizes = { batch: 3, size: 8, classes: 1 }

const maps = (bias: boolean) => (units: number) =>
  ['conv1', 'conv2', 'conv3'].map((name) => layer(name, conv(units, { bias }), relu()))
const features = (bias: boolean) => (units: number) =>
  ['conv1', 'conv2', 'conv3'].map((name) => layer(name, flatten(), linear(units, { bias }), relu()))

const programOf = ({ rule, credits: [credit = 'local'], views }: RuleCase, encoder: Layer[], sizes: Sizes) =>
  program({
    ...{
      input: { channels: 2, size: sizes.size, classes: sizes.classes },
      views,
      batch: sizes.batch,
      encoder,
    },
    ...{ learn: giveCredit[credit](rule), optimizer: sgd({ lr: 0.01 }) },
  })

/** Kinds of signals that each update reads. */
const reads = (read: ReturnType<typeof program>) =>
  new Map(
    readUpdates(traceProgram(read).traced, read.batch).map(({ parameter, reads }) => [
      parameter.name,
      reads.map(({ kind }) => kind),
    ]),
  )

/** What a rule may say where there is too little for it. */
const tooLittle = /needs 2 (images|units)|one image in a batch|one unit|does not tile|has no row to predict/

const first = ruleCases.filter(
  ({ name, exported }, i) =>
    name.startsWith('supervised') || ruleCases.findIndex((other) => other.exported === exported) === i,
)

type Shape = readonly [what: string, encoder: () => Layer[], sizes: Sizes]

/** Encoders like the one that the case has, with one of something; that of ordinary sizes first. */
function shapes({ name, encoder }: RuleCase): readonly [usual: Shape, ...little: Shape[]] {
  if (name.startsWith('supervised')) {
    const scores = (units: number, classes: number) => () => [
      ...maps(true)(units).slice(0, 2),
      layer('classes', flatten(), linear(classes)),
    ]
    return [
      ['all', scores(4, 3), { ...ordinary, classes: 3 }],
      ['one channel', scores(1, 3), { ...ordinary, classes: 3 }],
      ['one image', scores(4, 3), { ...ordinary, classes: 3, batch: 1 }],
      ['one class', scores(4, 1), ordinary],
    ]
  }
  const [withoutBias, isGiven] = [name === 'SoftHebb', encoder !== tinyEncoder && name !== 'SoftHebb']
  const usual = encoder()
  const isPatches = usual.some(({ modules }) => modules.some(({ summary }) => summary.startsWith('patches')))
  const isNormalised = usual.some(({ modules }) => modules.some(({ summary }) => /norm/i.test(summary)))
  const before = () => (isNormalised ? [lengthNorm()] : [])
  const given = (units: number) => () => [
    layer('conv1', ...(isPatches ? [patches(4, 2)] : []), conv(units), relu()),
    layer('conv2', ...before(), conv(units), relu()),
    layer('conv3', ...before(), conv(units), relu()),
  ]
  const of = (units: number) => (isGiven ? given(units) : () => maps(!withoutBias)(units))
  const small: Shape[] = isPatches
    ? [['one patch', of(4), { ...ordinary, size: 4 }]]
    : [
        ['one unit', () => features(!withoutBias)(1), ordinary],
        ['one pixel', of(4), { ...ordinary, size: 1 }],
      ]
  return [
    ['all', of(4), ordinary],
    ['one channel', of(1), ordinary],
    ['one image', of(4), { ...ordinary, batch: 1 }],
    ...small,
  ]
}

describe.each(first.map((each) => [each.name, each] as const))('%s', (_, each) => {
  const [[, usual, sizes], ...little] = shapes(each)
  test.each(little)('with %s reads no more than ever, and moves, or says why it cannot', async (...shape) => {
    const mine = programOf(each, shape[1](), shape[2])
    let ran: Awaited<ReturnType<typeof runProgram>>
    try {
      ran = await runProgram(mine, { steps: 1 })
    } catch (error) {
      expect(String(error)).toMatch(tooLittle)
      return
    }
    expect([...ran.losses, ...[...ran.values.values()].flat()].every(Number.isFinite)).toBe(true)
    const ordinarily = reads(programOf(each, usual(), sizes))
    for (const [parameter, kinds] of reads(mine))
      expect(ordinarily.get(parameter)).toEqual(expect.arrayContaining(kinds))
  })
})

const agree = ({ out }: RuleContext) => out.rows.square().mean()
const taught = (teach: (context: RuleContext) => Tensor, batch = 4, encoder = maps(true)(2)) =>
  program({
    ...{ input: { channels: 1, size: 4 }, batch, encoder, optimizer: sgd({ lr: 0.1 }) },
    learn: local(rule('mine', teach)),
  })

describe('what cannot learn does not compile', () => {
  const rows = ({ out }: RuleContext) => out.rows.mean(2, 3)
  test.each<[string, (context: RuleContext) => Tensor, number, RegExp]>([
    [
      'a deviation from the batch',
      (c) =>
        rows(c)
          .slice(0, 0, 1)
          .sub(rows(c).slice(0, 0, 1).mean(0))
          .square()
          .mean(),
      1,
      /always zero[^]*raise batch/,
    ],
    [
      'a variance over images less one',
      (c) =>
        rows(c)
          .square()
          .sum()
          .div(c.images - 1),
      1,
      /is divided by 0[^]*a batch or a layer of one element may be why/,
    ],
    ['nothing', ({ out }) => out.rows.mean().mul(0), 4, /always zero[^]*does the loss depend/],
    ['a division by zero', ({ out }) => out.rows.mean().div(0), 4, /is divided by 0/],
    ['the logarithm of nothing', ({ out }) => out.rows.mul(0).log().mean(), 4, /never a finite number/],
    ['an infinite factor', ({ out }) => out.rows.mean().mul(Infinity), 4, /cannot mul Infinity/],
    ['no number', ({ out }) => out.rows.mean().mul(NaN), 4, /cannot mul NaN/],
  ])('%s', (_, teach, batch, problem) => {
    expect(() => compile(taught(teach, batch))).toThrow(problem)
    expect(() => compile(taught(teach, batch))).toThrow(/degenerate\.test\.ts:\d+/)
  })

  test('a softmax over one class', () => {
    const encoder = [layer('one', flatten(), linear(1))]
    const teach = ({ out }: RuleContext) => out.rows.sub(out.rows.logSumExp(1).reshape(-1, 1)).neg().mean()
    expect(() => compile(taught(teach, 4, encoder))).toThrow(/always zero[^]*has one unit/)
  })

  test('a classifier with fewer logits than classes', () => {
    const encoder = [layer('classes', flatten(), linear(3))]
    const build = (classes: number) =>
      compile({
        ...taught(agree, 4, encoder),
        input: { ...taught(agree).input, classes },
        learn: global(classify()),
      })
    expect(() => build(4)).toThrow(/'classes' gives 3 logits for 4 classes[^]*linear\(4\)/)
    expect(() => build(3)).not.toThrow()
  })

  test('a rule that teaches no layer; one that leaves a layer alone does', () => {
    const frozen = (frozen: (name: string) => boolean) =>
      rule('mine', (context) => (frozen(context.layer) ? { updates: {} } : agree(context)))
    const build = (which: (name: string) => boolean) =>
      compile({ ...taught(agree), learn: local(frozen(which)) })
    expect(() => build(() => true)).toThrow(/teaches no parameter of any layer/)
    expect(() => build((name) => name === 'conv1')).not.toThrow()
  })

  test.each<[string, (context: RuleContext) => Tensor]>([
    [
      'a division that is chosen where it is safe',
      ({ out, images }) => where(out.rows.greater(0), out.rows.div(images), 0).mean(),
    ],
    [
      'a mask of -Infinity',
      ({ out }) =>
        where(out.rows.greater(0), out.rows, -Infinity).logSumExp(1).add(out.rows.square().mean()).mean(),
    ],
  ])('but %s does', (_, teach) => {
    expect(() => compile(taught(teach))).not.toThrow()
  })
})

test('what a rule needs is said at the line of the program', () => {
  const needy = rule('needy', agree, { needs: { images: 8, units: 3 } })
  const build = (batch: number, units: number) =>
    compile({ ...taught(agree, batch, maps(true)(units)), learn: local(needy) })
  expect(() => build(4, 4)).toThrow(
    /'needy' needs 8 images in a batch, and this one has 4\n {2}at test\S+:\d+/,
  )
  expect(() => build(8, 2)).toThrow(/'needy' needs 3 units in a layer, and 'conv1' has 2\n/)
  expect(() => build(8, 3)).not.toThrow()
})

test('Oja’s rule on one channel is as local as on many', () => {
  const learn = local(oja())
  expect(() => compile({ ...taught(agree, 4, maps(true)(1)), learn })).not.toThrow()
})
